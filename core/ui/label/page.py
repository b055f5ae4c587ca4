"""Label: one image a key, or a page of alike predictions at once; saved before it is confirmed."""

from __future__ import annotations

import streamlit as st

from core.learn.strategies import DEFAULT, STRATEGIES
from core.project.snapshot import Snapshot
from core.services.label.queue import RANDOM_ONLY, STARTS
from core.store.people.roles import LABEL
from core.store.people.roles import SIGN as SIGN_OFF
from core.ui.label import answers, desk, disputes, exceptions, only, second, signing, state
from core.ui.session import behind, fitting, rights, session
from core.ui.shared import meter, person, remarks
from core.ui.shared.state import ACCURACY_GOAL, ONLY_RANDOM, TO_SIGN

ONE, GRID, SIGN = "One by one", "Grid of exceptions", "Sign a folder"
MODE = "label-mode"


def show() -> None:
    """Draw the page."""
    st.session_state.setdefault(state.STRATEGY, DEFAULT)
    person.ask()
    if rights.remark(LABEL):
        st.stop()
    _asked_elsewhere()
    snapshot, predictions = session.require_view(follow=False, title="Label")
    mode = _head(snapshot)
    _fresh_queue(snapshot)
    if predictions.outside:
        st.warning(
            f"{predictions.outside:,} labels name classes that are no longer on the Prompts page; "
            "they are kept but take no part."
        )
    meter.follow(snapshot)
    behind.say_alike(snapshot)
    if mode == ONE:
        disputes.switch(snapshot, _forget_queue)
        desk.one_by_one(snapshot.classes)
    elif mode == SIGN and not rights.remark(SIGN_OFF):
        signing.by_signature(snapshot.classes)
    elif mode == GRID:
        exceptions.by_exception(snapshot.classes)
    if fitting.stands_in(snapshot, predictions):
        st.caption(
            "Your labels are being learned. Until then the prompts alone choose what is asked; "
            "answers count as ever."
        )
    remarks.draw(snapshot, predictions)  # below: the picture is what people look at


def _asked_elsewhere() -> None:
    """Do what another page sent somebody here for: random images, or a folder to sign."""
    if st.session_state.pop(ONLY_RANDOM, None):
        st.session_state[MODE], st.session_state[state.STRATEGY] = ONE, RANDOM_ONLY
        _forget_queue()
    elif st.session_state.get(TO_SIGN):
        st.session_state[MODE] = SIGN


def _head(snapshot: Snapshot) -> str:
    """The title with the mode and the options beside it; returns the mode."""
    with st.container(key="controls-label"):
        head, how, more = st.columns([3, 4, 2], vertical_alignment="bottom")
    head.title("Label")
    mode = how.segmented_control(
        "Mode", [ONE, GRID, SIGN], default=ONE, required=True, key=MODE, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    with more.popover("Options", icon=":material/tune:", width="stretch", key="label-options"):
        _options(snapshot)
    return str(mode)


def _fresh_queue(snapshot: Snapshot) -> None:
    """Forget the queue where it was made for other classes or images."""
    wanted = (snapshot.key, snapshot.names)
    if st.session_state.get(state.QUEUE_FOR) != wanted:
        st.session_state[state.QUEUE_FOR] = wanted
        _forget_queue()


def _forget_queue() -> None:
    st.session_state[state.QUEUE] = desk.EMPTY


def _ways() -> dict[str, str]:
    """The ways to choose the next image, to their titles."""
    titles = {name: strategy.title for name, strategy in STRATEGIES.items()}
    return titles | {RANDOM_ONLY: "Random ones, to measure and to promise"}


def _options(snapshot: Snapshot) -> None:
    st.selectbox(
        "Which image next", list(_ways()), format_func=_ways().__getitem__,
        key=state.STRATEGY, on_change=_forget_queue,
        help="Uncertain and varied asks for the images that teach most: it covers the data first "
        "and closes in on the borders between classes later (UHerding).",
    )  # fmt: skip
    st.selectbox(
        "First labels", list(STARTS), format_func=STARTS.__getitem__, key=state.START,
        on_change=_forget_queue,
        help="Where the prompts are poor, what they are unsure of says little: begin with images "
        "that stand for many, or with random ones.",
    )  # fmt: skip
    st.number_input(
        "Learn after this many answers", 1, 200, answers.BATCH, key=state.BATCH_SIZE,
        help="In the background; the next image never waits for it.",
    )  # fmt: skip
    st.button(
        "Learn now", icon=":material/model_training:", key="learn-now", on_click=answers.learn_now,
        help="From all answers so far, without waiting for that many.",
    )  # fmt: skip
    st.number_input(
        "Goal: accuracy in %", 50, 99, round(100 * meter.GOAL), key=ACCURACY_GOAL,
        help="The stop meter says when it is reached, from images drawn at random.",
    )  # fmt: skip
    st.number_input("Remind me after this many answers", 10, 100_000, desk.CAP, key=state.CAP)
    only.ask(snapshot, _forget_queue)
    second.ask(snapshot)
    behind.say_recall(snapshot)
