"""Only images on which people disagree, one after the other, with what each person called them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.label.disputes import open_disputes, opinions
from core.store.labels.answers import Labels
from core.store.people.roles import SETTLE
from core.ui.label import state
from core.ui.session import rights, session


def switch(snapshot: Snapshot, on_change: Callable[[], None]) -> None:
    """Draw the switch, where there is something to settle or it is on; nothing else."""
    count = len(open_disputes(snapshot, session.require_project().labels, session.annotator()))
    if not count and not st.session_state.get(state.DISPUTES):
        return
    st.toggle(
        f"Only where people disagree ({count:,})" if count else "Only where people disagree",
        key=state.DISPUTES, on_change=on_change,
        **rights.closed(
            SETTLE,
            help="Images that got different classes from equally many people. Your answer decides.",
        ),
    )  # fmt: skip


def wanted() -> bool:
    """Whether only these images are asked about."""
    return bool(st.session_state.get(state.DISPUTES)) and not rights.why_not(SETTLE)


def queue(snapshot: Snapshot, store: Labels, answered: set[str]) -> list[str]:
    """Ids of the images to ask about; without those that were answered here a moment ago."""
    disputed = open_disputes(snapshot, store, session.annotator())
    return [image for image in disputed if image not in answered]


def settled() -> bool:
    """Say that nothing is left to settle, where that was wanted; whether it was."""
    if wanted():
        st.success("People agree on every image, or somebody decided. Switch it off to go on.")
    return wanted()


def with_opinions(store: Labels, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of the labeling element with who called them what, above their captions."""
    if not wanted():
        return items
    answers = store.answers()
    return [
        item | {"captions": [opinions(answers.get(item["id"], ())), *item["captions"]]}
        for item in items
    ]
