"""Images in groups by a column: its values, ranges of its numbers, its days, months or years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import polars as pl

MOST_GROUPS = 24
"""Groups at most, without the rest and the images that have nothing in the column."""
NOTHING = "nothing there"
Unit = Literal["day", "month", "year"]
UNITS: tuple[Unit, ...] = get_args(Unit)
_FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_RANGES = 8  # of numbers, about
_CROWDED = 0.6  # of all numbers in one range: then ranges hold about as many instead


@dataclass(frozen=True, eq=False)
class Grouping:
    """Images in groups.

    Attributes:
        names: (G,) of the groups, in the order to show; each has an image.
        codes: (n,) int64 group of each image.
        rest: values that share the group of the rest; 0 where there is no such group.
        nothing: whether the last group is of images that have nothing in the column.
    """

    names: list[str]
    codes: np.ndarray
    rest: int = 0
    nothing: bool = False

    @property
    def sizes(self) -> np.ndarray:
        """(G,) images of each group."""
        return np.bincount(self.codes, minlength=len(self.names))

    def members(self, group: int) -> np.ndarray:
        """Places of the images of a group, rising."""
        return np.flatnonzero(self.codes == group)

    def class_counts(self, classes: np.ndarray, count: int) -> np.ndarray:
        """(G, count) images of each class in each group.

        Args:
            classes: (n,) class of each image.
        """
        both = self.codes * count + classes
        flat = np.bincount(both, minlength=len(self.names) * count)
        return flat.reshape(len(self.names), count)


def grouping(
    cells: pl.Series, unit: Unit | None = None, most: int | None = MOST_GROUPS
) -> Grouping:
    """Put images into groups by their cells.

    Texts come by how often they occur, numbers and dates in their order. Numbers of few values are
    those values, others are ranges of equal width, or of about as many images where one range
    would hold most of them.

    Args:
        cells: (n,) of a column: text, numbers or dates; null where there is nothing.
        unit: of dates; by default the finest that makes at most `MOST_GROUPS` groups.
        most: groups beside the rest; None: all values have groups, and numbers are ranges still.
    """
    if cells.dtype.is_temporal():
        return _of_values(_dates(cells, unit), most, ordered=True)
    if cells.dtype.is_numeric():
        return _of_numbers(cells)
    texts = cells.cast(pl.String).str.strip_chars().replace("", None)
    return _of_values(texts, most, ordered=False)


def _dates(cells: pl.Series, unit: Unit | None) -> pl.Series:
    """As text of so many places that it sorts as time does."""
    for one in UNITS if unit is None else (unit,):
        texts = cells.dt.to_string(_FORMATS[one])
        if texts.drop_nulls().n_unique() <= MOST_GROUPS:
            break
    return texts


def _of_values(texts: pl.Series, most: int | None, ordered: bool) -> Grouping:
    """A group a value; the rarest share one where there are more than ``most``."""
    counts = texts.drop_nulls().rename("value").value_counts(name="images")
    counts = counts.sort(["images", "value"], descending=[True, False])
    values: list[str] = counts["value"].to_list()
    rest = 0
    if most is not None and len(values) > most:
        values, rest = values[:most], len(values) - most
    if ordered:
        values.sort()
    place = {value: number for number, value in enumerate(values)}
    names = values + ([f"{rest:,} other values"] if rest else [])
    nothing = texts.null_count() > 0
    codes = texts.replace_strict(place, default=len(values), return_dtype=pl.Int64)
    codes = codes.set(texts.is_null(), len(names))
    return Grouping(names + ([NOTHING] if nothing else []), codes.to_numpy(), rest, nothing)


def _of_numbers(cells: pl.Series) -> Grouping:
    numbers = cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    there = np.isfinite(numbers)
    values = np.unique(numbers[there])
    if len(values) <= MOST_GROUPS // 2:
        names = [written(value) for value in values]
        codes = np.searchsorted(values, numbers)
    else:
        whole = bool((values == np.floor(values)).all())
        edges = _edges(numbers[there], whole)
        names = _ranges(edges, whole)
        codes = np.searchsorted(edges[1:-1], numbers, side="right")
    codes = np.where(there, codes, len(names)).astype(np.int64)
    used = np.unique(codes)
    names = [*names, NOTHING]
    return Grouping(
        [names[code] for code in used], np.searchsorted(used, codes), 0, bool((~there).any())
    )


def _edges(numbers: np.ndarray, whole: bool) -> np.ndarray:
    """Rising edges of ranges, the first and last around all numbers (n,)."""
    low, high = float(numbers.min()), float(numbers.max())
    step = _round(high / _RANGES - low / _RANGES)
    step = max(1.0, step) if whole else step
    edges = np.arange(np.floor(low / step), np.floor(high / step) + 2) * step
    edges[-1] = high
    if np.histogram(numbers, np.unique(edges))[0].max() > _CROWDED * len(numbers):
        cuts = np.quantile(numbers, np.arange(1, _RANGES) / _RANGES)
        inner = np.unique([_two_digits(cut, whole) for cut in cuts])
        edges = np.concatenate([[low], inner[(inner > low) & (inner <= high)], [high]])
    return edges


def _round(step: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(step, 1e-300)))
    return float(next(power * digit for digit in (1, 2, 5, 10) if power * digit >= step * 0.999))


def _two_digits(value: float, whole: bool) -> float:
    rounded = float(f"{value:.2g}")
    return float(round(rounded)) if whole else rounded


def _ranges(edges: np.ndarray, whole: bool) -> list[str]:
    """What the ranges between edges are called; the last takes its end along."""
    names = []
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        last = number == len(edges) - 2
        end = high - 1 if whole and not last else high
        if whole or low == high:
            names.append(written(low) if end <= low else f"{written(low)} to {written(end)}")
        else:
            names.append(f"{written(low)} to {'' if last else 'under '}{written(high)}")
    return names


def written(number: float) -> str:
    """A number as people write it."""
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}" if abs(number) >= 10_000 else f"{int(number)}"
    return f"{number:.6g}"


def shares_table(
    made: Grouping, classes: np.ndarray | None = None, names: Sequence[str] = ()
) -> pl.DataFrame:
    """A row a group with its images and share of all; with classes a row a group and class.

    Args:
        classes: (n,) class of each image; names: of the classes.
    """
    total = max(1, len(made.codes))
    groups = {
        "group": pl.Series(made.names, dtype=pl.String),
        "images": pl.Series(made.sizes),
        "share": pl.Series(made.sizes / total),
    }
    if classes is None:
        return pl.DataFrame(groups)
    # Only what occurs: ten thousand values times a thousand classes is nearly all zeros.
    pairs, inside = np.unique(made.codes * len(names) + classes, return_counts=True)
    group, of = np.divmod(pairs, max(1, len(names)))
    return pl.DataFrame(
        {name: column.gather(group) for name, column in groups.items()}
        | {
            "class": pl.Series([names[k] for k in of.tolist()], dtype=pl.String),
            "images_of_class": pl.Series(inside),
            "share_of_group": pl.Series(inside / made.sizes[group]),
        }
    )
