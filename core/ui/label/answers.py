"""What both ways of labeling share: storing answers, and predictions that follow them."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.ui.label.labeler import log_of
from core.ui.session import fitting, session
from core.ui.shared import meter

BATCH = 10  # answers after which the model learns again, unless the person says otherwise
_NEW, _KNOWN, _ASKED = "answers-not-learned", "answers-predictions", "answers-asked"


def client(element: str) -> str:
    """The name of one element of this session in the label store: each numbers its own answers."""
    return f"{session.name()}-{element}"


def take(project: Project, element: str) -> int:
    """Store what an element said; returns the number to acknowledge to it."""
    name = client(element)
    ack = project.labels.acknowledged(name)
    # An image that left the folder while somebody looked at it keeps the answer: labels belong to
    # contents. Ids that were never shown here come from no element of ours.
    shown, pool = st.session_state.get(_ASKED, set()), project.pool()
    known = (e for e in log_of(element) if e.image_id in shown or e.image_id in pool.rows)
    fresh = [entry for entry in known if entry.seq > ack]
    if fresh:
        ack = project.labels.record(name, fresh, session.annotator(), f"label page, {element}")
        st.session_state[_NEW] = st.session_state.get(_NEW, 0) + len(fresh)
        meter.tick(sum(entry.kind != "undo" for entry in fresh))
    return ack


def asked(ids: Iterable[str]) -> None:
    """Remember what this session was asked about."""
    st.session_state.setdefault(_ASKED, set()).update(ids)


def learn_now() -> None:
    """Let the next look at the predictions start a fit, however few answers are new."""
    st.session_state[_NEW] = st.session_state.get("batch-size", BATCH)


def predictions(
    project: Project, vocabulary: Vocabulary, at_once: bool = False
) -> tuple[Predictions, bool]:
    """The predictions to work with, and whether they are new since the last call.

    A fit starts in the background after every ``batch-size`` answers or ``learn_now``; until it is
    done the older predictions serve. ``at_once`` asks for the newest and gives them two seconds.
    """
    subject = (project.key, project.pool().version, vocabulary)
    kept = st.session_state.get(_KNOWN)
    kept = kept if kept is not None and kept[0] == subject else None
    due = st.session_state.get(_NEW, 0) >= st.session_state.get("batch-size", BATCH)
    if kept is not None and not due and not at_once:
        return kept[1], False
    latest, fresh = fitting.predictions(project, vocabulary, patience=2.0 if at_once else 0.0)
    # Older ones are not kept for long, whatever they lack: labels or a change of the prompts.
    st.session_state[_NEW] = 0 if fresh else st.session_state.get("batch-size", BATCH)
    st.session_state[_KNOWN] = (subject, latest)
    return latest, kept is None or kept[1] is not latest
