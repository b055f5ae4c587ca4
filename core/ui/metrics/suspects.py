"""The queue of labels that may be wrong: looked at, then kept or corrected in place."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.learn.judging.triage import Advice
from core.project.snapshot import Snapshot
from core.services.metrics.judging import CONFIRMED, Judgement, SuspectLabel, still_open
from core.store.labels.base import Event
from core.ui.metrics.state import PLACE
from core.ui.metrics.tasks import Outcome
from core.ui.session import session, trouble
from core.ui.shared import label_bar, progress
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

PER_PAGE = 12
ACROSS = 4


def show(snapshot: Snapshot, outcome: Outcome[Judgement]) -> None:
    """Draw the advice and the queue; while labels given since are looked at, those of before."""
    wait_for(outcome)
    if outcome.result is None:
        label_bar.undo_row(PLACE, (5, 1), width="stretch")
        return
    judgement = still_open(outcome.result, snapshot)
    for advice in judgement.advice[:5]:
        st.markdown(f"- {_sentence(snapshot.names, advice)}")
    label_bar.undo_row(PLACE, (5, 1), width="stretch")
    if not judgement.suspects:
        if outcome.task is None:
            st.success(f"None of the {judgement.labeled:,} labels looks wrong.")
        return
    st.caption(
        f"{len(judgement.suspects):,} of {judgement.labeled:,} labels are unlike what a model that "
        "did not see them expects, the least likely first (confident learning). Many will be "
        "right: look."
    )
    pages = -(-len(judgement.suspects) // PER_PAGE)
    start = (st.pagination(pages, key="suspect-pages") - 1) * PER_PAGE if pages > 1 else 0
    shown = judgement.suspects[start : start + PER_PAGE]
    for first in range(0, len(shown), ACROSS):
        for column, suspect in zip(st.columns(ACROSS), shown[first : first + ACROSS], strict=False):
            with column.container(border=True):
                _card(snapshot, suspect)


def wait_for(outcome: Outcome[Any]) -> None:
    """Say how far work on the labels is, or why it came to nothing, with a way to start it anew."""
    task = outcome.task
    if task is None:
        return
    if task.running:
        st.caption("Models that did not see the labels are learned; the result follows.")
        progress.watch(task)
        return
    st.warning(plain(task.status.error or "This was stopped before there was a result."))
    st.button("Start again", key=f"again-{task.key}", on_click=outcome.again)


def _card(snapshot: Snapshot, suspect: SuspectLabel) -> None:
    path = snapshot.pool.paths[suspect.row]
    thumbs.show(snapshot.key, [suspect.image_id], [path.rpartition("/")[2]], [path], size=180)
    st.markdown(f"labeled **{plain(suspect.label)}**")
    st.button(
        f"Change to {plain(suspect.better)}", key=f"fix-{suspect.image_id}", width="stretch",
        on_click=_answer, args=(suspect, suspect.better),
    )  # fmt: skip
    st.button(
        f"Keep {plain(suspect.label)}", key=f"keep-{suspect.image_id}", width="stretch",
        on_click=_answer, args=(suspect, suspect.label),
    )  # fmt: skip


@trouble.careful
def _answer(suspect: SuspectLabel, label: str) -> None:
    batch = session.require_project().labels.add(
        [Event(suspect.image_id, label)], session.annotator(), source=CONFIRMED
    )
    same = label == suspect.label
    text = f"Kept as {label}" if same else f"Changed from {suspect.label} to {label}"
    label_bar.remember(PLACE, batch, f"{plain(text)}; saved.")


def _sentence(names: list[str], advice: Advice) -> str:
    true, taken, n = plain(names[advice.true]), plain(names[advice.taken]), advice.count
    match advice.cause:
        case "prompt":
            return (
                f"**Mend the prompts**: they take {n} images of {true} for {taken}, where labels "
                "and model agree. Describe the difference on the Prompts page."
            )
        case "label":
            return (
                f"**Check the labels**: {n} images labeled {true} look like {taken} to the model "
                "and to the prompts."
            )
        case "definition":
            return (
                f"**Agree on the border**: {true} and {taken} are mixed up in both directions "
                f"({n} images). Decide what belongs where before labeling on."
            )
    return (
        f"**Label more there**: the model takes {n} images of {true} for {taken}; labels of both "
        "would teach it."
    )
