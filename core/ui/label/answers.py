"""What both ways of labeling share: storing answers, and predictions that follow them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.spelling import fault
from core.services.label import settling
from core.store.labels.answers import Labels
from core.store.labels.base import LogEntry
from core.ui.label import state
from core.ui.session import fitting, session
from core.ui.shared import answer_log, meter
from core.ui.shared.answer_log import Entry, Taken, of_this_session

_KINDS = ("label", "skip", "unsure", "none", "unusable", "undo")
BATCH = 10  # answers after which the model learns again, unless the person says otherwise


def take(store: Labels, element: str) -> Taken:
    """Store the answers of an element; those that are acknowledged are on disk."""
    source = f"label page, {element}"

    def put(client: str, by: str, sent: Sequence[Entry]) -> None:
        # An image that left the folder while somebody looked at it keeps the answer: labels belong
        # to contents. Ids that were never shown here come from no element of ours.
        rows = session.require_project().pool().rows
        shown = st.session_state.get(state.ASKED, set())
        ours = [e for e in sent if e["id"] in rows or e["id"] in shown or not of_this_session(e)]
        log = [entry for entry in map(_entry, ours) if entry is not None]
        if log:
            settling.record(
                session.require_project().workspace.home, store, client, log, by, source
            )

    taken = answer_log.take(element, put)
    if taken.fresh:
        st.session_state[state.NOT_LEARNED] = _not_learned() + len(taken.fresh)
        meter.tick(sum(map(_counted, taken.fresh)))
    return taken


def _counted(entry: Entry) -> int:
    """How many answers more there are with an entry; fewer where it takes a stroke back."""
    strokes: dict[tuple[str, int], int] = st.session_state.setdefault(state.STROKES, {})
    if entry.get("kind") == "undo":
        return -strokes.pop((entry["client"], int(entry.get("target") or 0)), 0)
    stroke = (entry["client"], entry.get("batch") or entry["seq"])
    strokes[stroke] = strokes.get(stroke, 0) + 1
    return 1


def drawn(
    element: str, taken: Taken, draw: Callable[[], dict[str, Any]]
) -> tuple[Taken, dict[str, Any]]:
    """What an element shows, and what it is told of its answers.

    Where that cannot be worked out because a file cannot be read, the element stays as it was, with
    the reason: it holds answers that are not stored.

    Raises:
        WinnowError: nothing can be worked out, and there is nothing from before.
    """
    key, project = f"{element}-drawn", session.require_project().key
    try:
        st.session_state[key] = (project, draw())
    except WinnowError as error:
        if st.session_state.get(key, (None,))[0] != project:
            raise
        taken = replace(taken, trouble=taken.trouble or str(error))
    return taken, st.session_state[key][1]


def log_of(key: str) -> list[LogEntry]:
    """The answers of an element in this session that may not have been stored yet.

    Entries that do not have the expected form are left out: they come from a browser.
    """
    entries = (_entry(sent) for sent in answer_log.entries(key))
    return [entry for entry in entries if entry is not None]


def _entry(sent: Entry) -> LogEntry | None:
    kind, label, target, batch = (sent.get(name) for name in ("kind", "label", "target", "batch"))
    if isinstance(label, str) and fault(label):  # no class is called so
        return None
    numbers = all(number is None or isinstance(number, int) for number in (target, batch))
    if kind not in _KINDS or not numbers or (kind == "undo" and target is None):
        return None
    if kind == "label" and not answer_log.is_text(label):
        return None
    text = label if kind == "label" else None
    return LogEntry(sent["seq"], sent["id"], kind, text, target, batch)


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
        at_once: ask for the newest and give them two seconds, where that may be enough.
    """
    subject = (snapshot.key, snapshot.pool.version, snapshot.classes)
    last = st.session_state.get(state.PREDICTIONS)
    last = last if last is not None and last[0] == subject else None
    if last is not None and _not_learned() < _batch_size() and not at_once:
        return last[1], False
    patience = 2.0 if at_once and not fitting.is_long(snapshot) else 0.0
    latest, fresh = fitting.predictions(snapshot, patience=patience)
    # Older ones do not stay for long, whatever they lack: labels or a change of the prompts.
    st.session_state[state.NOT_LEARNED] = 0 if fresh else _batch_size()
    st.session_state[state.PREDICTIONS] = (subject, latest)
    return latest, last is None or last[1] is not latest
