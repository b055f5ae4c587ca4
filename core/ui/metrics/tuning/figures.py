"""What came of a tuning, as tables, curves and pictures, and as files to take along."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.learn.tuning.judging import DIRECTIONS, Measure
from core.learn.tuning.ranks import MEASURES
from core.project.snapshot import Snapshot
from core.services.tuning import table
from core.services.tuning.outcome import Outcome
from core.ui.widgets import thumbs
from core.ui.widgets.colours import class_colour
from core.ui.widgets.figures import FRAME
from core.ui.widgets.text import plain

_WAYS = {"text_to_image": "text → image", "image_to_text": "image → text"}
_HEADS = dict(zip(MEASURES, ("recall@1", "recall@5", "recall@10", "MRR"), strict=True))
_PARTS = ("before", "tuned", "difference")
_KINDS = {"general": "General things", "classes": "Your classes, on random images"}


def outcome(snapshot: Snapshot, result: Outcome) -> None:
    """Draw the end of a tuning."""
    if result.accepted:
        st.success(plain(f"{result.spec} is kept. {result.why}"))
    else:
        st.warning(plain(f"Nothing is kept. {result.why}"))
    st.caption(
        f"{result.pairs:,} pairs in {sum(result.groups):,} groups that share no words and no "
        f"picture: {result.groups[0]:,} learned from, {result.groups[1]:,} chose, "
        f"{result.groups[2]:,} judged. {result.seconds:.0f} s."
    )
    rows = [_row(*row) for row in table.rows(result)]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="tuning-table")
    _retention(result)
    st.plotly_chart(_curve(result), key="tuning-curve")
    _downloads(result)
    _changed(snapshot, result)


def _row(part: str, way: str, measure: str, figures: Sequence[Measure]) -> dict[str, str]:
    """A row as people read it: each figure with its interval."""
    cells = {head: _cell(own, head) for head, own in zip(_PARTS, figures, strict=True)}
    return {"judged on": part, "direction": _WAYS[way], "measure": _HEADS[measure]} | cells


def _cell(measure: Measure, head: str) -> str:
    sign = "+" if head == _PARTS[-1] else ""
    return f"{measure.value:{sign}.3f}  ({measure.low:{sign}.3f} – {measure.high:{sign}.3f})"


def _retention(result: Outcome) -> None:
    for each in result.retention:
        st.caption(
            f"{_KINDS[each.what]} ({each.n:,}): {each.baseline:.1%} right before, {each.tuned:.1%} "
            "tuned."
        )


def _curve(result: Outcome) -> go.Figure:
    """Loss and validation MRR by step."""
    steps = [look["step"] for look in result.history]
    figure = go.Figure()
    for number, (key, name) in enumerate((("loss", "loss"), ("mrr", "MRR on validation"))):
        figure.add_trace(
            go.Scatter(
                x=steps, y=[look.get(key) for look in result.history], name=name,
                mode="lines+markers", line={"color": class_colour(number)},
                yaxis="y2" if number else "y",
            )
        )  # fmt: skip
    figure.update_layout(
        height=280, **FRAME, legend={"orientation": "h"},
        xaxis={"title": "pairs learned from" if result.depth == "adapter" else "step"},
        yaxis={"title": "loss"},
        yaxis2={
            "title": "MRR", "overlaying": "y", "side": "right", "rangemode": "tozero",
            "tickformat": ".2f",
        },
    )  # fmt: skip
    return figure


def _downloads(result: Outcome) -> None:
    files = {
        "json": ("All figures as JSON", table.as_json),
        "csv": ("Table as CSV", table.as_csv),
        "png": ("Table and curve as PNG", table.as_png),
    }
    with st.container(horizontal=True):
        for ending, (name, make) in files.items():
            st.download_button(
                name, make(result), f"tuning.{ending}", key=f"tuning-{ending}",
                on_click="ignore", icon=":material/download:",
            )  # fmt: skip


def _changed(snapshot: Snapshot, result: Outcome) -> None:
    """The queries that gained and lost most, with a picture each."""
    for head, sign in (("Gained most", 1), ("Lost most", -1)):
        for way in DIRECTIONS:
            own = [q for q in result.queries if q.direction == way and q.gain * sign > 0]
            if not own:
                continue
            st.markdown(f"**{head}, {_WAYS[way]}**")
            thumbs.show(
                snapshot.key,
                [query.image for query in own],
                captions=[f"{query.gain:+.2f} {query.text[:80]}" for query in own],
                titles=[query.text[:300] for query in own],
                strip=True,
            )
