"""Labeling one image at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.project.pool import Pool
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.services.label import labeling
from core.services.label.reasons import Reason, explain
from core.ui.label import answers
from core.ui.label.labeler import called_wrong, classes_of, labeler, log_of
from core.ui.session import links, session
from core.ui.shared import captions, meter
from core.ui.widgets import thumbs
from core.ui.widgets.colours import class_colour

QUEUE = 48  # images the browser holds: enough for the quickest fingers while a fit runs
STEADY = 24  # of those, the ones that newer predictions do not replace: some are loaded already
CAP = 1_000
EMPTY = labeling.Queue([], frozenset())
_ELEMENT, _LINKED = "labeler", "label-linked"


@st.fragment
def one_by_one(project: Project, vocabulary: Vocabulary) -> None:
    """Draw the desk; every answer runs this fragment alone."""
    pool = project.pool()
    ack = answers.take(project, _ELEMENT)
    answered = {entry.image_id for entry in log_of(_ELEMENT)}
    kept: labeling.Queue = st.session_state.setdefault("queue", EMPTY)
    queue = [i for i in kept.ids if i not in answered and i in pool.rows]
    linked = _linked(pool, answered)
    predictions, changed = answers.predictions(project, vocabulary, at_once=not queue)
    if changed:
        queue = queue[:STEADY]
    if len(queue) <= STEADY:
        kept = labeling.fill(
            project, predictions, labeling.Queue(_first(project, pool) + queue, kept.audit),
            session.name(), QUEUE, st.session_state["kind"], project.labels.version()[0],
        )  # fmt: skip
        queue = kept.ids
    # Whoever follows a link sees its image, also where it has an answer or another one's queue.
    queue = [*linked, *(i for i in queue if i not in linked)]
    st.session_state["queue"] = labeling.Queue(queue, kept.audit)
    answers.asked(queue)
    if not queue and project.labels.acknowledged(answers.client(_ELEMENT)) == ack:
        st.success("Every image has an answer. See Metrics for how good the predictions are.")
    done = labeling.standing(project, vocabulary.names)
    rows = [pool.rows[i] for i in queue]
    reasons = explain(project, vocabulary, predictions, rows)
    told = captions.known(project)
    labeler(
        _ELEMENT, answers.client(_ELEMENT), ack,
        classes_of(vocabulary.names, list(done.counts.values())),
        [
            _item(project, pool, predictions, row, reason, pool.ids[row] in kept.audit)
            | {"captions": list(told.get(pool.ids[row], ()))}
            for row, reason in zip(rows, reasons, strict=True)
        ],
        meter.of(project, vocabulary, done),
    )  # fmt: skip
    cap = st.session_state.get("session-cap", CAP)
    if st.session_state.get("answers", 0) >= cap:
        st.info(f"{cap:,} answers in this session: time for a look at Metrics, or for a break.")


def _linked(pool: Pool, answered: set[str]) -> list[str]:
    """The image that the address names, until it is answered here."""
    named = links.news("image")
    if named is not None:
        st.session_state[_LINKED] = [i for i in links.image_ids(named)[:1] if i in pool.rows]
    left = [i for i in st.session_state.get(_LINKED, []) if i not in answered]
    st.session_state[_LINKED] = left
    links.keep("image", links.of_images(left))
    return left


def _first(project: Project, pool: Pool) -> list[str]:
    """What the grid called wrong without a class comes before anything else."""
    current = project.labels.current()
    asked = st.session_state.get("asked-again", [])
    return [i for i in asked if i in pool.rows and i not in current]


def _item(
    project: Project, pool: Pool, predictions: Predictions, row: int, reason: Reason, audit: bool
) -> dict[str, Any]:
    near = [
        {
            "thumb": thumbs.url(project, pool.ids[other]),
            "label": predictions.names[k],
            "colour": class_colour(k),
        }
        for other, k in reason.neighbours
    ]
    return {
        "id": pool.ids[row],
        "picture": thumbs.url(project, pool.ids[row], "picture"),
        "name": pool.files[row][0].path,
        "probabilities": [round(float(p), 4) for p in predictions.probabilities[row]],
        "audit": audit,
        "why": {"prompt": reason.prompt, "neighbours": near},
    }


def remember_wrong() -> None:
    """Keep what the grid called wrong, for the desk to ask; the desk checks the ids."""
    asked = st.session_state.setdefault("asked-again", [])
    asked += [i for i in called_wrong("grid") if i not in asked]
