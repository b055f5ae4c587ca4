"""The pairs of classes that are mixed up most, each with pictures and the prompts involved."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison
from core.services.metrics.confusions import Confusion, top_confusions
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

_PICTURES = 12


def show(snapshot: Snapshot, compared: Comparison) -> None:
    """Draw the pairs, the first opened."""
    confusions = snapshot.remember(
        "top-confusions", (compared,), lambda: top_confusions(snapshot, compared), keep=1
    )
    if not confusions:
        st.caption("Every image is in its class: nothing is mixed up.")
        return
    st.caption("Pictures that the model is surest of come first.")
    for number, confusion in enumerate(confusions):
        _pair(snapshot, confusion, number == 0)


def _pair(snapshot: Snapshot, confusion: Confusion, is_open: bool) -> None:
    count = len(confusion.rows)
    title = (
        f"**{plain(confusion.true)}** taken for **{plain(confusion.predicted)}**: {count:,} "
        f"{'image' if count == 1 else 'images'}, {confusion.share:.0%} of the class "
        f"({confusion.low:.0%} to {confusion.high:.0%})"
    )
    with st.expander(title, expanded=is_open):
        pool, shown = snapshot.pool, confusion.rows[:_PICTURES]
        thumbs.show(
            snapshot.key,
            [pool.ids[row] for row in shown],
            titles=[pool.paths[row] for row in shown],
        )
        lines = [
            f"{plain(name)}: “{plain(prompt)}” ({score:.3f})"
            for name, (prompt, score) in (
                (confusion.predicted, confusion.predicted_prompt),
                (confusion.true, confusion.true_prompt),
            )
            if prompt
        ]
        if lines:
            st.caption(
                f"Prompts that fit these images best, with their mean score: {'; '.join(lines)}."
            )
