"""The next images of very many are chosen behind the work, while the browser still holds some."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.pausing import pausing
from core.runtime.threads import Worker
from core.services.label.queue import Asking, Queue, fill
from core.store.labels.answers import Labels
from core.ui.label import state
from core.ui.session import quiet

_LEAST = 6  # images in hand below which the page waits for more: two seconds of quick fingers
_COURTESY = 0.5  # seconds that a choice waits for pages

_worker = Worker("queue")


@dataclass(frozen=True, eq=False)
class _Choosing:
    """A choice under way.

    Attributes:
        predictions: it is made by.
        strategy: as asked.
    """

    predictions: Predictions
    strategy: str
    future: Future[Queue]


def filled(
    snapshot: Snapshot,
    predictions: Predictions,
    store: Labels,
    queue: Queue,
    client: str,
    asking: Asking,
) -> Queue:
    """`fill`, or of very many images what is in hand, with what was chosen since the last call.

    Choosing among a million takes half a second, too long between two keys; so it goes on in the
    background while there are images left to show. Arguments as of `fill`.
    """
    if not snapshot.pool.many:
        return fill(snapshot, predictions, store, queue, client, asking)
    under_way: _Choosing | None = st.session_state.get(state.CHOOSING)
    if under_way is not None and (
        under_way.predictions is not predictions or under_way.strategy != asking.strategy
    ):
        under_way = None  # newer predictions choose better
    if under_way is not None and under_way.future.done():
        st.session_state[state.CHOOSING] = None  # also where it failed, for what then is said
        queue, under_way = _joined(snapshot, queue, under_way.future.result()), None
    if len(queue.ids) < min(_LEAST, asking.size):
        st.session_state[state.CHOOSING] = None
        return fill(snapshot, predictions, store, queue, client, asking)
    if under_way is None and len(queue.ids) < asking.size:
        future = _worker.submit(_choose, snapshot, predictions, store, queue, client, asking)
        under_way = _Choosing(predictions, asking.strategy, future)
    st.session_state[state.CHOOSING] = under_way
    return queue


def _choose(
    snapshot: Snapshot,
    predictions: Predictions,
    store: Labels,
    queue: Queue,
    client: str,
    asking: Asking,
) -> Queue:
    wait = quiet.Courtesy(_COURTESY, hurry=lambda: False)
    wait()
    with pausing(wait):
        return fill(snapshot, predictions, store, queue, client, asking)


def _joined(snapshot: Snapshot, queue: Queue, further: Queue) -> Queue:
    """What is in hand, then what was chosen of what nobody has answered since."""
    rows, held = snapshot.pool.rows, set(queue.ids)
    more = [
        i for i in further.ids
        if i not in held and i in rows and not snapshot.is_answered[rows[i]]
    ]  # fmt: skip
    ids = [*queue.ids, *more]
    return Queue(ids, (queue.audit | further.audit).intersection(ids))
