"""What an export would write: its figures, its folders, and the images most worth a doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.export.destination import size_text
from core.export.plan import Plan
from core.export.planning import class_folders, nested
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export.summary import Summary
from core.ui.export import state
from core.ui.shared.columns import groups
from core.ui.widgets import folded, numbers, tables, thumbs
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

_MANY = 60  # classes above which groups come first
_GROUPS, _EVERY = "All groups", "All classes"
_RENAMED, _WHY_RENAMED = (
    "Renamed",
    "Their name is taken, unsafe or not known to programs that read the export.",
)


def show(snapshot: Snapshot, predictions: Predictions, counted: Summary) -> Callable[[str], object]:
    """Draw what can be said at once; returns what puts the number of new names beside it."""
    labeled = counted.places.by_people
    human = int((labeled if counted.outside is None else labeled & ~counted.outside).sum())
    place, first = st.empty(), [
        Number("To write", f"{counted.files:,}"),
        Number("Size", size_text(counted.bytes_total)),
        Number("Decided by people", f"{human:,}", "Labels always win over predictions."),
        Number("For review", f"{counted.review:,}"),
    ]  # fmt: skip

    def rename(count: str) -> None:
        numbers.show([*first, Number(_RENAMED, count, _WHY_RENAMED)], place)

    rename("…")
    name = st.selectbox("Examples of", _folders(snapshot, counted), key="plan-class")
    _examples(snapshot, counted, counted.least_certain(name, 12))
    part = folded.part("By column", state.COLUMN_OPEN)
    if part is not None:
        with part:
            groups.section(snapshot, "plan-group", predictions, _written(snapshot, counted))
    return rename


def _written(snapshot: Snapshot, counted: Summary) -> np.ndarray:
    """Rows of the images that are written, those for review among them."""
    every = np.arange(len(snapshot))
    return every if counted.outside is None else every[~counted.outside]


def _folders(snapshot: Snapshot, counted: Summary) -> list[str]:
    """The table of folders; returns the classes and groups that are in it.

    Of very many classes their groups come first, and the folders of one when it is chosen.
    """
    above = snapshot.classes.above
    flat = class_folders(snapshot.tree.names, bool(above))
    folders = flat | nested(flat, above)
    names = list(counted.counts)
    if len(snapshot.names) > _MANY and above:
        groups = [name for name, _, _ in snapshot.classes.groups]
        wanted = st.selectbox(
            "Folders of", [_GROUPS, _EVERY, *groups], key="plan-folders", format_func=plain,
            help=f"{len(names):,} folders would be written: look at their groups, or at one.",
        )  # fmt: skip
        if wanted == _GROUPS:
            _groups(snapshot, counted, folders)
            return names
        if wanted != _EVERY:
            tree = snapshot.tree
            held = np.flatnonzero(tree.holds[tree.number[wanted]])
            inside = {*(tree.names[leaf] for leaf in held), wanted}
            names = [name for name in names if name in inside] or names
    columns: dict[str, list[Any]] = {
        "class": names,
        "images": [counted.counts[name] for name in names],
        "folder": [folders[name] for name in names],
    }
    tables.show("plan-table", columns, {"images": "localized"})
    return names


def _groups(snapshot: Snapshot, counted: Summary, folders: dict[str, str]) -> None:
    """A row a group at the top: its classes, and the images of all its folders."""
    tree, images = snapshot.tree, dict[int, int]()
    for name, count in counted.counts.items():
        top = tree.path(tree.number[name])[0]
        images[top] = images.get(top, 0) + count
    tops = [node for node in images if node >= tree.leaves]
    alone = sum(count for node, count in images.items() if node < tree.leaves)
    rows = [(tree.names[n], int(tree.holds[n].sum()), images[n], folders[tree.names[n]])
            for n in sorted(tops)]  # fmt: skip
    rows += [("(no group)", len(images) - len(tops), alone, "")] if len(images) > len(tops) else []
    columns = ("group", "classes", "images", "folder")
    cells = map(list, zip(*rows, strict=True))
    tables.show("plan-table", dict(zip(columns, cells, strict=True)), {"images": "localized"})


def _examples(snapshot: Snapshot, counted: Summary, rows: list[int]) -> None:
    if not rows:
        return
    st.caption("Its least certain images: what is wrong is most likely here.")
    sure, pool = counted.places.probability, snapshot.pool
    thumbs.show(
        snapshot.key,
        [pool.ids[row] for row in rows],
        [f"{sure[row]:.0%}" for row in rows],
        [pool.paths[row] for row in rows],
        size=84,
        strip=True,
    )


def show_names(plan: Plan, rename: Callable[[str], object]) -> None:
    """Draw what only a plan can say.

    Args:
        rename: see ``show``.
    """
    rename(f"{len(plan.collisions):,}")
    if plan.rejected:
        st.caption(f"{len(plan.rejected):,} rejected files are listed in the report, not written.")
    for note in plan.unseen:
        st.warning(plain(note))
    for note in plan.notes:
        if note not in plan.unseen:
            st.caption(plain(note))
