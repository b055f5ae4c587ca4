"""What both ways of labeling share: storing answers, and predictions that follow them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.store.labels.base import LogEntry
from core.store.labels.sqlite import LabelStore
from core.ui.label import state
from core.ui.session import fitting, session
from core.ui.shared import answer_log, meter

_KINDS = ("label", "skip", "unsure", "undo")
BATCH = 10  # answers after which the model learns again, unless the person says otherwise


def client(element: str) -> str:
    """The name of one element of this session in the label store: each numbers its own answers."""
    return f"{session.name()}-{element}"


def take(store: LabelStore, pool: Pool, element: str) -> int:
    """Store the answers of an element; returns the number to acknowledge to it.

    When it returns they are on disk.
    """
    name = client(element)
    ack = store.acknowledged(name)
    # An image that left the folder while somebody looked at it keeps the answer: labels belong to
    # contents. Ids that were never shown here come from no element of ours.
    shown = st.session_state.get(state.ASKED, set())
    ours = (e for e in log_of(element) if e.image_id in shown or e.image_id in pool.rows)
    fresh = [entry for entry in ours if entry.seq > ack]
    if fresh:
        ack = store.record(name, fresh, session.annotator(), f"label page, {element}")
        st.session_state[state.NOT_LEARNED] = _not_learned() + len(fresh)
        meter.tick(sum(entry.kind != "undo" for entry in fresh))
    return ack


def log_of(key: str) -> list[LogEntry]:
    """The answers of an element in this session that may not have been stored yet.

    Entries that do not have the expected form are left out: they come from a browser.
    """
    entries = (_entry(sent) for sent in answer_log.entries(key))
    return [entry for entry in entries if entry is not None]


def _entry(sent: Mapping[str, Any]) -> LogEntry | None:
    label, target, batch = (sent.get(name) for name in ("label", "target", "batch"))
    numbers = all(number is None or isinstance(number, int) for number in (target, batch))
    if sent.get("kind") not in _KINDS or not numbers or not isinstance(label, str | None):
        return None
    return LogEntry(sent["seq"], sent["id"], sent["kind"], label, target, batch)


def asked(ids: Iterable[str]) -> None:
    """Remember what this session was asked about."""
    st.session_state.setdefault(state.ASKED, set()).update(ids)


def _not_learned() -> int:
    return int(st.session_state.get(state.NOT_LEARNED, 0))


def _batch_size() -> int:
    return int(st.session_state.get(state.BATCH_SIZE, BATCH))


def learn_now() -> None:
    """Let the next look at the predictions start a fit, however few answers are new."""
    st.session_state[state.NOT_LEARNED] = _batch_size()


def predictions(snapshot: Snapshot, at_once: bool = False) -> tuple[Predictions, bool]:
    """The predictions to work with, and whether they are new since the last call.

    A fit starts in the background after every ``batch-size`` answers or ``learn_now``; until it is
    done the older predictions serve.

    Args:
        at_once: ask for the newest and give them two seconds.
    """
    subject = (snapshot.key, snapshot.pool.version, snapshot.classes)
    last = st.session_state.get(state.PREDICTIONS)
    last = last if last is not None and last[0] == subject else None
    if last is not None and _not_learned() < _batch_size() and not at_once:
        return last[1], False
    latest, fresh = fitting.predictions(snapshot, patience=2.0 if at_once else 0.0)
    # Older ones do not stay for long, whatever they lack: labels or a change of the prompts.
    st.session_state[state.NOT_LEARNED] = 0 if fresh else _batch_size()
    st.session_state[state.PREDICTIONS] = (subject, latest)
    return latest, last is None or last[1] is not latest
