"""What came of comparing two runs: pictures first, then classes and slices."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from core.learn.judging.paired import Difference
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.metrics.runs.comparing import Compared, compare
from core.services.metrics.runs.flipped import csv_of
from core.services.metrics.runs.listing import PRESENT, Run
from core.services.tags.tagging import tagging_of
from core.ui.metrics.state import RUN_TAGS
from core.ui.session import session
from core.ui.shared import flip_groups
from core.ui.widgets import numbers, thumbs
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

_GROUPS, _IMAGES = 12, 24
_SLICES = 100


def show(snapshot: Snapshot, predictions: Predictions, before: Run, after: Run) -> None:
    """Compare two runs and draw what came of it.

    Raises:
        WinnowError: what one of them predicted is not on record.
    """
    tagged = _wants_tags()
    result = _once(snapshot, predictions, before, after, tagged)
    st.markdown(f"**{plain(before.title)}** → **{plain(after.title)}**")
    _figures(result)
    st.markdown(plain(result.sentence()))
    _remarks(result)
    changed, right, classes, slices = st.tabs(
        ["Images that changed class", "Won and lost", "Classes", "Slices"], key="runs-tabs"
    )
    with changed:
        _changed(snapshot, result)
    with right:
        _won_and_lost(snapshot, result)
    with classes:
        _classes(result)
    with slices:
        _slices(result)


def _wants_tags() -> bool:
    has = bool(session.require_project().tag_file.tags().tags)
    return has and st.toggle(
        "Look at slices by tag too", key=RUN_TAGS,
        help="Tags that were not scored yet are scored first, which may take a while.",
    )  # fmt: skip


def _once(
    snapshot: Snapshot, predictions: Predictions, before: Run, after: Run, tagged: bool
) -> Compared:
    """The comparison, made once for what it follows from."""
    key = (
        snapshot.pool.version, snapshot.classes, snapshot.labels.key, snapshot.metadata.version,
        before.id, after.id, predictions if PRESENT in (before.kind, after.kind) else None,
        tagged and session.require_project().tag_file.tags(),
    )  # fmt: skip

    def make() -> Compared:
        tags = None
        if tagged:
            project = session.require_project()
            scored = tagging_of(project).score(snapshot, project.tag_file.tags())
            tags = scored.accepted()
        return compare(snapshot, lambda: predictions, before, after, tags)

    with st.spinner("Comparing…", show_time=True):
        return snapshot.remember("runs-compared", key, make, keep=4)


def _figures(result: Compared) -> None:
    of = result.difference
    share = ("–", "–") if not of.n else (f"{of.before / of.n:.1%}", f"{of.after / of.n:.1%}")
    numbers.show([
        Number("Images with another class", f"{result.flipped:,}"),
        Number("Random images", f"{of.n:,}"),
        Number("Right before", share[0]),
        Number("Right after", share[1]),
        Number("Difference", "–" if of.value is None else f"{100 * of.value:+.1f} points"),
    ])  # fmt: skip


def _remarks(result: Compared) -> None:
    lines = ["Only random images that both judged without having seen their labels are counted."]
    if result.left_out:
        lines.append(
            f"{result.left_out:,} others are left out: one of the two had not the image, or had "
            "seen its label."
        )
    if result.other_classes:
        lines.append(f"{result.other_classes:,} are of a class that one of the two lacks.")
    st.caption(" ".join(lines))


def _changed(snapshot: Snapshot, result: Compared) -> None:
    if not result.flips:
        st.success(f"All {result.images:,} images have the same class in both.")
        return
    st.caption(
        f"{result.flipped:,} of {result.images:,} images have another class, labels included."
    )
    st.download_button(
        "Download the list", lambda: csv_of(snapshot, result.flips, csv_safe=True), "changed.csv",
        "text/csv", key="runs-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip
    table = pd.DataFrame(
        [(flip.before, flip.after, len(flip.rows)) for flip in result.flips],
        columns=["from", "to", "images"],
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.dataframe(table, hide_index=True, width="stretch", key="runs-pairs")
    with right:
        flip_groups.show(snapshot, result.flips, _GROUPS, _IMAGES)


def _won_and_lost(snapshot: Snapshot, result: Compared) -> None:
    if not len(result.won) and not len(result.lost):
        st.caption("Both are right on the same random images.")
        return
    for title, rows in (
        ("Won: right only after", result.won),
        ("Lost: right only before", result.lost),
    ):
        st.markdown(f"**{title}** · {len(rows):,}")
        _pictures(snapshot, result, rows[:_IMAGES])


def _pictures(snapshot: Snapshot, result: Compared, rows: np.ndarray) -> None:
    pool, names = snapshot.pool, snapshot.names
    captions = [
        f"{result.first.judged[row]} → {result.second.judged[row]}" for row in rows.tolist()
    ]
    thumbs.show(
        snapshot.key,
        [pool.ids[row] for row in rows],
        captions,
        [f"{pool.paths[row]}: {names[snapshot.human[row]]}" for row in rows],
        size=132,
    )


def _classes(result: Compared) -> None:
    if not result.per_class:
        st.caption("No random image has a class yet.")
        return
    st.caption("Random images of each class, and how many of them are right.")
    names, of = list(result.per_class), list(result.per_class.values())
    st.dataframe(
        pd.DataFrame({"class": names, **_columns(of)}), hide_index=True, width="stretch",
        key="runs-classes",
    )  # fmt: skip


def _slices(result: Compared) -> None:
    st.markdown(plain(result.slices_sentence()))
    if not result.slices:
        return
    shown = result.slices[:_SLICES]
    table = {
        "slice": [f"{of.kind}: {of.name}" for of in shown],
        **_columns([of.difference for of in shown]),
        "worse than the rest": ["yes" if of.worse else "" for of in shown],
        "lost more than the rest": ["yes" if of.lost_more else "" for of in shown],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, width="stretch", key="runs-slices")
    if len(result.slices) > _SLICES:
        st.caption(f"{len(result.slices) - _SLICES:,} slices that look better are not shown.")


def _columns(differences: Iterable[Difference]) -> dict[str, list[object]]:
    """The columns that classes and slices share."""
    of = list(differences)
    return {
        "random images": [each.n for each in of],
        "before": [f"{each.before / each.n:.0%}" for each in of],
        "after": [f"{each.after / each.n:.0%}" for each in of],
        "points": [f"{100 * (each.value or 0):+.1f}" for each in of],
        "95 % interval": [f"{100 * each.low:+.1f} to {100 * each.high:+.1f}" for each in of],
    }
