"""Label: one image a key, or a page of alike predictions at once; saved before it is confirmed."""

from __future__ import annotations

import streamlit as st

from core.ui.label import answers, desk, exceptions
from core.ui.session import session
from core.ui.shared import meter

ONE, GRID = "One by one", "Grid of exceptions"
KINDS = {
    "uherding": "Uncertain and varied",
    "margin": "Smallest margin",
    "entropy": "Highest entropy",
    "least-confident": "Least confident of each class",
    "random": "Random",
}


def forget_queue() -> None:
    st.session_state["queue"] = desk.EMPTY


def options() -> None:
    st.selectbox(
        "Which image next", list(KINDS), format_func=KINDS.__getitem__, key="kind",
        on_change=forget_queue,
        help="Uncertain and varied asks for the images that teach most: it covers the data first "
        "and closes in on the borders between classes later (UHerding).",
    )  # fmt: skip
    st.text_input("Annotator", key="annotator", help="Stored with each label.")
    st.number_input(
        "Learn after this many answers", 1, 200, answers.BATCH, key="batch-size",
        help="In the background; the next image never waits for it.",
    )  # fmt: skip
    st.button(
        "Learn now", icon=":material/model_training:", key="learn-now", on_click=answers.learn_now,
        help="From all answers so far, without waiting for that many.",
    )  # fmt: skip
    st.number_input(
        "Goal: accuracy in %", 50, 99, round(100 * meter.GOAL), key="goal",
        help="The stop meter says when it is reached, from images drawn at random.",
    )  # fmt: skip
    st.number_input("Remind me after this many answers", 10, 100_000, desk.CAP, key="session-cap")


st.session_state.setdefault("kind", "uherding")
session.annotator()
project, pool, vocabulary, predictions = session.require_predictions(follow=False)
head, how, more = st.columns([4, 3, 2], vertical_alignment="bottom")
head.title("Label")
mode = how.segmented_control(
    "Mode", [ONE, GRID], default=ONE, required=True, key="label-mode", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
with more.popover("Options", icon=":material/tune:", width="stretch"):
    options()
if st.session_state.get("queue-for") != (project.key, vocabulary.names):
    st.session_state["queue-for"] = (project.key, vocabulary.names)
    forget_queue()
if predictions.outside:
    st.warning(
        f"{predictions.outside:,} labels name classes that are no longer on the Prompts page; "
        "they are kept but take no part."
    )
meter.follow(project, vocabulary)
if mode == ONE:
    desk.one_by_one(project, vocabulary)
else:
    exceptions.by_exception(project, vocabulary)
