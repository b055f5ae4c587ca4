"""The queue of labels that may be wrong: looked at, then kept or corrected in place."""

from __future__ import annotations

import streamlit as st

from core.learn.judging.triage import Advice
from core.project.project import Project
from core.services.metrics.judging import CONFIRMED, Judgement, SuspectLabel
from core.store.labels.sqlite import Event
from core.ui.session import session
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

PER_PAGE = 12
ACROSS = 4


def show(project: Project, names: list[str], found: Judgement) -> None:
    """Draw the advice and the queue."""
    for advice in found.advice[:5]:
        st.markdown(f"- {_sentence(names, advice)}")
    if batch := st.session_state.get("suspect-batch"):
        said, back = st.columns([5, 1], vertical_alignment="center")
        said.success(f"{plain(batch[1])}; saved.")
        back.button("Undo", key="suspect-undo", on_click=_undo, args=(project,), width="stretch")
    if not found.suspects:
        st.success(f"None of the {found.labeled:,} labels looks wrong.")
        return
    st.caption(
        f"{len(found.suspects):,} of {found.labeled:,} labels are unlike what a model that did not "
        "see them expects, the least likely first (confident learning). Many will be right: look."
    )
    pages = -(-len(found.suspects) // PER_PAGE)
    start = (st.pagination(pages, key="suspect-pages") - 1) * PER_PAGE if pages > 1 else 0
    shown = found.suspects[start : start + PER_PAGE]
    for first in range(0, len(shown), ACROSS):
        for column, suspect in zip(st.columns(ACROSS), shown[first : first + ACROSS], strict=False):
            with column.container(border=True):
                _card(project, suspect)


def _card(project: Project, suspect: SuspectLabel) -> None:
    path = project.pool().files[suspect.row][0].path
    thumbs.show(project, [suspect.image_id], [path.rpartition("/")[2]], [path], size=180)
    st.markdown(f"labeled **{plain(suspect.label)}**")
    st.button(
        f"Change to {suspect.better}", key=f"fix-{suspect.image_id}", width="stretch",
        on_click=_answer, args=(project, suspect, suspect.better),
    )  # fmt: skip
    st.button(
        f"Keep {suspect.label}", key=f"keep-{suspect.image_id}", width="stretch",
        on_click=_answer, args=(project, suspect, suspect.label),
    )  # fmt: skip


def _answer(project: Project, suspect: SuspectLabel, label: str) -> None:
    batch = project.labels.add(
        [Event(suspect.image_id, label)], session.annotator(), source=CONFIRMED
    )
    kept = label == suspect.label
    said = f"Kept as {label}" if kept else f"Changed from {suspect.label} to {label}"
    st.session_state["suspect-batch"] = (batch, said)


def _undo(project: Project) -> None:
    project.labels.undo(st.session_state.pop("suspect-batch")[0], session.annotator())


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
