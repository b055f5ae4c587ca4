"""What the points of the map are coloured by: a code of one byte each, and what codes mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import polars as pl

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.learn.tree.class_tree import ClassTree
from core.project.label_rows import LabelRows
from core.project.pool import Pool
from core.store.catalog import ImageRow
from core.ui.widgets.colours import NEUTRAL, class_colour

MOST_VALUES = 255  # values with a colour of their own; code 255 is for all others
OTHER = 255
LEVELS = 256
# Viridis at nine places: even steps of lightness, told apart by colour-blind people.
_SCALE = (
    "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30",
    "#fde725",
)  # fmt: skip
_HIDDEN_COLUMNS = {"path", "id", "mtime_ns", "phash", "problem"}
_TITLES = {"size": "file size", "notes": "file note"}
OF_PREDICTIONS = ("class", "cluster", "confidence", "label", "problem")
GROUP = "group of classes"


@dataclass(frozen=True)
class Colouring:
    """Codes (N,) uint8 with their meaning.

    Attributes:
        palette: a colour for each code that occurs, by code.
        values: name and code of each value of a legend, in the order to show; empty for a scale.
        low, high: the ends of a scale as text.
    """

    codes: np.ndarray
    palette: list[str]
    values: list[tuple[str, int]]
    title: str
    low: str = ""
    high: str = ""

    def legend(self) -> dict[str, Any]:
        """What the element's legend takes."""
        if not self.values:
            return {"title": self.title, "scale": _SCALE, "low": self.low, "high": self.high}
        counts = np.bincount(self.codes, minlength=LEVELS)
        return {
            "title": self.title,
            "values": [
                {"name": n, "code": c, "colour": self.palette[c], "count": int(counts[c])}
                for n, c in self.values
            ],
        }


def choices(
    pool: Pool, others: Iterable[str] = (), columns: Iterable[str] = (), grouped: bool = False
) -> list[str]:
    """What points can be coloured by: predictions first, then what the catalog knows of files.

    Args:
        others: columns with the labels of other questions.
        columns: those that people brought.
        grouped: whether classes stand in groups.
    """
    of_predictions = [*OF_PREDICTIONS[:1], *([GROUP] if grouped else []), *OF_PREDICTIONS[1:]]
    of_files = [f.name for f in fields(ImageRow) if f.name not in _HIDDEN_COLUMNS]
    filled = [
        c for c in of_files if any(getattr(rows[0], c) is not None for rows in pool.files[:99])
    ]
    folder = ["folder"] if any("/" in path for path in pool.paths) else []
    return [*of_predictions, *others, *columns, *folder, *filled]


def title_of(by: str) -> str:
    """A choice in the words of a person."""
    return _TITLES.get(by, by)


def colouring(
    by: str,
    pool: Pool,
    predictions: Predictions,
    clusters: Clusters,
    others: Mapping[str, LabelRows] | None = None,
    columns: Mapping[str, Callable[[], pl.Series]] | None = None,
    tree: ClassTree | None = None,
) -> Colouring:
    """The colouring of a choice.

    Args:
        others: columns with the labels of other questions.
        columns: those that people brought, (N,) cells each.
        tree: the classes in their groups.
    """
    names = predictions.names
    if by == GROUP and tree is not None:
        return _tops(predictions.assigned, tree)
    if columns and by in columns:
        return brought(columns[by](), by)
    if others and by in others:
        return _texts([text or "no label" for text in others[by].texts()], title_of(by))
    if by == "class":
        return _groups(predictions.assigned, names, title_of(by))
    if by == "cluster":
        numbers = [f"{n + 1}" for n in range(len(clusters.sizes))]
        return _groups(clusters.assignment, numbers, title_of(by))
    if by == "label":
        return _labels(predictions, names if tree is None else tree.names)
    if by == "problem":
        kinds, codes = problems(pool, predictions)
        return _groups(codes, kinds, title_of(by), neutral=0)
    if by == "confidence":
        sure = predictions.assigned_probability()
        return _scaled(sure, title_of(by), "{:.0%}".format, (0.0, 1.0))
    return column(by, pool)


def problems(pool: Pool, predictions: Predictions) -> tuple[list[str], np.ndarray]:
    """The kinds of problem, "none" first, and for each image (N,) which it has.

    An image with several problems shows the first of: somebody's label and the model disagree, it
    is there more than once, reading its file needed a note, the model is unsure.
    """
    kinds = ["none", "label and model disagree", "copies in the folder", "file note", "unsure"]
    best = predictions.probabilities.argmax(axis=1)
    top = predictions.probabilities[np.arange(len(best)), best]
    human = predictions.human
    tests = [
        (human >= 0) & (best != human), pool.copies > 1, pool.noted, (human < 0) & (top < 0.5),
    ]  # fmt: skip
    return kinds, np.select(tests, [1, 2, 3, 4], 0)


def brought(cells: pl.Series, title: str) -> Colouring:
    """A column that people brought (N,): numbers and dates on a scale, else its common values.

    Where there is nothing, a number is at the low end of the scale.
    """
    if cells.dtype.is_temporal() and cells.null_count() < len(cells):
        seconds = cells.cast(pl.Datetime("us")).dt.epoch("s").cast(pl.Float64).to_numpy()
        return _scaled(seconds, title, _day, _ends(seconds))
    if cells.dtype.is_numeric() and cells.null_count() < len(cells):
        numbers = cells.cast(pl.Float64).to_numpy()
        return _scaled(numbers, title, _number, _ends(numbers))
    return _texts(cells.cast(pl.String).fill_null("nothing there").to_list(), title)


def column(by: str, pool: Pool) -> Colouring:
    """Numbers on a scale, anything else by its most common values."""
    if by == "folder":
        texts = [str(PurePosixPath(path).parent) for path in pool.paths]
        return _texts(["(top)" if t == "." else t for t in texts], by)
    values = pool.noticed(by)
    if all(value is None or isinstance(value, int | float) for value in values):
        numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        return _scaled(numbers, title_of(by), _number, _ends(numbers))
    return _texts(["none" if v is None else str(v) for v in values], title_of(by))


def _labels(predictions: Predictions, names: Sequence[str]) -> Colouring:
    """What people gave each image: a class or, behind the classes, a group of them."""
    human, groups, used = predictions.human, predictions.groups, list(names)
    if groups is None:
        used = used[: len(predictions.names)]
    nodes = human if groups is None else np.where(human >= 0, human, groups)
    codes = np.where(nodes >= 0, nodes, len(used))
    return _groups(codes, [*used, "no label"], "label", neutral=len(used))


def _tops(assigned: np.ndarray, tree: ClassTree) -> Colouring:
    """The group at the top that each image's class stands in, or that class."""
    tops = [tree.path(leaf)[0] for leaf in range(tree.leaves)]
    kinds = list(dict.fromkeys(tops))
    place = np.array([kinds.index(top) for top in tops])
    return _groups(place[assigned], [tree.names[node] for node in kinds], GROUP)


def _common(codes: np.ndarray, names: list[str], title: str, neutral: int) -> Colouring:
    """Of more values than there are codes the most common ones; each in its own colour."""
    counts = np.bincount(codes, minlength=len(names))
    rest = f"{len(names) - MOST_VALUES:,} others"
    if neutral >= 0:  # what is nothing is of the others' colour
        counts[neutral], rest = 0, f"{names[neutral]}, {rest}"
    order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    code = np.full(len(names), OTHER)
    code[order] = np.arange(len(order))
    palette = [*(class_colour(number) for number in order.tolist()), NEUTRAL]
    values = [(names[number], place) for place, number in enumerate(order.tolist())]
    values.append((rest, OTHER))
    return Colouring(code[codes].astype(np.uint8), palette, values, title)


def _groups(codes: np.ndarray, names: list[str], title: str, neutral: int = -1) -> Colouring:
    """Values that have numbers already; of more than 255 the less common ones share a code."""
    if len(names) > MOST_VALUES:
        return _common(codes, names, title, neutral)
    limited = np.minimum(codes, OTHER).astype(np.uint8)
    palette = [NEUTRAL if c == neutral else class_colour(c) for c in range(min(len(names), LEVELS))]
    values = [(name, code) for code, name in enumerate(names)]
    return Colouring(limited, palette, values, title)


def _texts(texts: list[str], title: str) -> Colouring:
    """Values by how often they occur."""
    values, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    order = np.lexsort((values, -counts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return _groups(rank[inverse], values[order].tolist(), title)


def _scaled(
    numbers: np.ndarray, title: str, text: Callable[[float], str], ends: tuple[float, float]
) -> Colouring:
    low, high = ends
    share = np.clip((numbers - low) / (high - low if high > low else 1.0), 0, 1)
    codes = np.rint(np.nan_to_num(share) * (LEVELS - 1)).astype(np.uint8)
    return Colouring(codes, _ramp(), [], title, text(low), text(high))


def _ramp() -> list[str]:
    """The scale in 256 steps."""
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _SCALE])
    places = np.linspace(0, len(_SCALE) - 1, LEVELS)
    mixed = [np.interp(places, np.arange(len(_SCALE)), stops[:, i]) for i in range(3)]
    return ["#{:02x}{:02x}{:02x}".format(*map(round, rgb)) for rgb in zip(*mixed, strict=True)]


def _ends(numbers: np.ndarray) -> tuple[float, float]:
    """Between which values most numbers lie; those beyond share the colours of the ends."""
    low, high = np.nanpercentile(numbers, [1, 99])
    return float(low), float(high)


def _day(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
