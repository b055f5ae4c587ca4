"""What images can be grouped by, and how groups look: how many images, and of which classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.data.metadata.columns import series
from core.services.data.metadata.grouping import UNITS, Grouping, Unit, grouping
from core.ui.shared.columns import listing
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain

CLASS, LABEL, FOLDER = "class", "label", "folder"
_NAMED = 3  # classes of a group in words
_PARTS = 8  # classes of a group in its bar


@dataclass(frozen=True, eq=False)
class By:
    """What images are grouped by.

    Attributes:
        name: as it is offered.
        cells: makes the cells (N,) of the collection.
        unit: of dates.
    """

    name: str
    cells: Callable[[], pl.Series]
    unit: Unit | None = None

    def groups(self, rows: np.ndarray | None = None, most: int | None = 24) -> Grouping:
        """The groups of some rows of the pool, or of all; places are those of ``rows``."""
        cells = self.cells()
        return grouping(cells if rows is None else cells.gather(rows), self.unit, most)


def offered(snapshot: Snapshot, predictions: Predictions | None = None) -> dict[str, By]:
    """What there is to group by: columns that people brought, dates in every unit, and the rest."""
    made: list[By] = []
    for column, name in listing.of(snapshot).items():
        cells = partial(series, snapshot, name)
        if snapshot.metadata.kinds[name] == "date":
            made += [By(f"{column}, by {unit}", cells, unit) for unit in UNITS]
        else:
            made.append(By(column, cells))
    if predictions is not None:
        made.append(By(CLASS, partial(_classes, predictions)))
    made.append(By(LABEL, lambda: _texts(snapshot.labels.texts())))
    for name, labels in snapshot.others.items():
        made.append(By(name, lambda own=labels: _texts(own.texts())))  # type: ignore[misc]
    if any("/" in path for path in snapshot.pool.paths):
        made.append(By(FOLDER, partial(_folders, snapshot)))
    return {one.name: one for one in made}


def choose(
    snapshot: Snapshot,
    key: str,
    predictions: Predictions | None = None,
    place: DeltaGenerator | None = None,
    bare: bool = False,
) -> By | None:
    """Draw the field; what it says, None for no groups.

    Args:
        key: of the field.
        bare: without its title above it.
    """
    options = offered(snapshot, predictions)
    wanted = (place or st).selectbox(
        "Group by", list(options), index=None, key=key, format_func=plain,
        bind="query-params", placeholder="Group by" if bare else "no groups",
        label_visibility="collapsed" if bare else "visible",
        help=None if bare else "A column that you imported, or what the collection has itself.",
    )  # fmt: skip
    return options.get(wanted or "")


def class_shares(counts: np.ndarray, names: list[str]) -> dict[str, Any]:
    """The classes of one group: parts of a bar, and the largest in words.

    Args:
        counts: (K,) images of each class.
    """
    total = max(1, int(counts.sum()))
    order = [int(k) for k in np.argsort(-counts, kind="stable")[:_PARTS] if counts[k]]
    parts: list[dict[str, Any]] = [
        {"name": names[k], "share": float(counts[k] / total), "colour": class_colour(k)}
        for k in order
    ]
    left = 1.0 - sum(float(part["share"]) for part in parts)
    if left > 1e-9:
        parts.append({"name": "other classes", "share": left, "colour": NEUTRAL})
    words = [f"{part['name']} {part['share']:.0%}" for part in parts[:_NAMED]]
    more = int((counts > 0).sum()) - len(words)
    return {"parts": parts, "text": ", ".join(words) + (f", {more:,} more" if more > 0 else "")}


def described(
    made: Grouping, predictions: Predictions | None, rows: np.ndarray
) -> list[Mapping[str, Any]]:
    """Each group with its number, name, size, share of all images and classes.

    Args:
        rows: of the pool, which the groups are of.
    """
    sizes, total = made.sizes, max(1, len(rows))
    result: list[Mapping[str, Any]] = []
    counts = names = None
    if predictions is not None:
        names = predictions.names
        counts = made.class_counts(predictions.assigned[rows], len(names))
    for number, name in enumerate(made.names):
        entry = {
            "number": number,
            "name": name,
            "size": int(sizes[number]),
            "share": f"{sizes[number] / total:.1%}",
        }
        classes = {"parts": [], "text": ""}
        if counts is not None and names is not None:
            classes = class_shares(counts[number], names)
        result.append(entry | classes)
    return result


def _classes(predictions: Predictions) -> pl.Series:
    return pl.Series(predictions.names, dtype=pl.String).gather(predictions.assigned)


def _texts(texts: list[str | None]) -> pl.Series:
    return pl.Series(texts, dtype=pl.String)


def _folders(snapshot: Snapshot) -> pl.Series:
    folders = [str(PurePosixPath(path).parent) for path in snapshot.pool.paths]
    return _texts(["(top)" if folder == "." else folder for folder in folders])
