"""Try one: a picture is dropped, its words are typed, the answer follows."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.threads import Worker
from core.services.try_one.judge import Judge, is_ready, judge_of
from core.services.try_one.trial import (
    MOST_CHARACTERS,
    Looked,
    Trial,
    answer,
    look,
    own_words,
)
from core.ui.session import session, trouble
from core.ui.try_one import adding, by_file, held, state
from core.ui.try_one import answer as drawing
from core.ui.widgets import mount

_HERE = Path(__file__).parent
_worker = Worker("try-one")


def show() -> None:
    """Draw the page."""
    st.title("Try one")
    snapshot, predictions = session.require_view()
    if snapshot.pool.many:  # which takes a minute: the page is there meanwhile
        _worker.submit(judge_of, snapshot, predictions)
    else:
        _judge(snapshot, predictions)
    _bench()


def _judge(snapshot: Snapshot, predictions: Predictions) -> Judge:
    """What answers, waited for where it is not ready yet."""
    if is_ready(snapshot, predictions):  # a spinner is a thread, and more elements
        return judge_of(snapshot, predictions)
    with st.spinner("Making the model ready…", show_time=True):
        return judge_of(snapshot, predictions)


@trouble.fragment
def _bench() -> None:
    """The picture on the left, its words and the answer on the right."""
    snapshot = session.require_snapshot()
    side, reply = st.columns([5, 7], gap="large")
    with side:
        by_file.ask()
        held.ask(snapshot)
        tried = held.current(snapshot)
        if tried is not None:
            held.show(tried)
            adding.section(snapshot, tried)
    with reply:
        _reply()


@trouble.fragment
def _reply() -> None:
    """Drawn alone with each word."""
    snapshot, predictions = session.require_view(follow=False)
    tried = held.current(snapshot)
    text = _words(snapshot, tried)
    filed, answering = by_file.named(snapshot)
    if tried is not None and filed:
        by_file.draw(answering, tried, text)
        return
    if tried is not None:
        drawing.draw(snapshot, _answer(snapshot, predictions, tried, text))
        return
    st.info(
        "Drop a picture to see what it is taken for, and why. Its words can be typed above; the "
        "answer follows as you type."
    )


def _words(snapshot: Snapshot, tried: held.Held | None) -> str:
    """Draw the field; the words of the picture, as typed or as the collection has them."""
    image_id = "" if tried is None else tried.picture.id
    row = None if tried is None else tried.picture.row
    own = "" if row is None else own_words(snapshot, row)
    mount.element(_HERE, "try_one")(
        key=state.WORDS,
        data={
            "of": image_id,
            "text": own,
            "label": "Its words",
            "placeholder": f"as {snapshot.words} would say them" if snapshot.words else "",
            "most": MOST_CHARACTERS,
        },
        default={"typed": None},
        on_typed_change=lambda: None,
    )
    typed = mount.value(state.WORDS, "typed")
    if isinstance(typed, dict) and image_id and typed.get("of") == image_id:
        return str(typed.get("text", ""))[:MOST_CHARACTERS]
    return own


def _answer(snapshot: Snapshot, predictions: Predictions, tried: held.Held, text: str) -> Trial:
    """The answer; what the picture alone tells is found once."""
    judge = _judge(snapshot, predictions)
    before: tuple[object, object, Looked] | None = st.session_state.get(state.LOOKED)
    if before is None or before[0] is not judge or before[1] is not tried.picture:
        before = (judge, tried.picture, look(judge, tried.picture))
        st.session_state[state.LOOKED] = before
    return answer(judge, before[2], text)
