"""Labeling one image at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.learn.models.softmax import softmax
from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.label import outlook as outlooks
from core.services.label import queue as queues
from core.services.label.outlook import SURE
from core.services.label.reasons import Reason, explain
from core.services.label.tally import tally
from core.services.predict.zero_shot import zero_shot
from core.store.labels.answers import Labels
from core.ui.label import ahead, answers, apart, disputes, only, second, state
from core.ui.label.labeler import called_wrong, classes_of, groups_of, labeler, thousandths
from core.ui.session import links, session, trouble
from core.ui.shared import captions, meter, strip
from core.ui.shared.answer_log import Taken
from core.ui.shared.columns import listing
from core.ui.shared.state import ANSWERS, ASKED_AGAIN
from core.ui.widgets import thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour

QUEUE = 48  # images the browser holds: enough for the quickest fingers while a fit runs
STEADY = 24  # of those, the ones that newer predictions do not replace: some are loaded already
CAP = 1_000
_PARTS = 60  # of the bar of shares
EMPTY = queues.Queue([], frozenset())


@trouble.fragment
def one_by_one(classes: Vocabulary) -> None:
    """Draw the desk; every answer runs this fragment alone.

    Answers are stored first; all that is shown is of the one snapshot taken after them.
    """
    taken = answers.take(session.require_project().labels, state.LABELER)
    apart.follow(state.LABELER)
    taken, drawn = answers.drawn(state.LABELER, taken, lambda: _drawn(classes, taken))
    labeler(state.LABELER, taken, **drawn)
    cap = st.session_state.get(state.CAP, CAP)
    if st.session_state.get(ANSWERS, 0) >= cap:
        st.info(f"{cap:,} answers in this session: time for a look at Metrics, or for a break.")


def _drawn(classes: Vocabulary, taken: Taken) -> dict[str, Any]:
    """What the element shows: classes, queue and meter."""
    project = session.require_project()
    snapshot = project.snapshot(classes)
    predictions, queue = _queue(snapshot, project.labels)
    if not queue.ids and not taken.trouble and not disputes.settled():
        if only.wanted() and len(snapshot.unanswered):
            st.info(only.NONE_LEFT)
        else:
            st.success("Every image has an answer. See Metrics for how good the predictions are.")
    strip.refresh(snapshot)
    counted = tally(snapshot)
    return {
        "classes": classes_of(snapshot.names, list(counted.counts.values())),
        "groups": groups_of(snapshot.tree),
        "queue": disputes.with_opinions(
            project.labels, second.blind(snapshot, _items(snapshot, predictions, queue))
        ),
        "meter": second.with_progress(snapshot, project.labels, meter.of(snapshot, counted)),
        "outlook": _outlook(snapshot, predictions),
        "disputes": disputes.wanted(),
    }


def _outlook(snapshot: Snapshot, predictions: Predictions) -> dict[str, Any]:
    """The state of the collection as the element shows it."""
    now = outlooks.outlook(snapshot, predictions)
    sure = f"{now.sure:.0%} of {now.open:,} images without a label are predicted at {SURE:.0%}+"
    lines = [sure, f"The best class leads by {100 * now.margin:.0f} points on average"]
    return {
        "lines": lines if now.open else ["People gave every image a class."],
        "parts": _parts(snapshot.names, now.shares),
    }


def _parts(names: list[str], shares: list[float]) -> list[dict[str, Any]]:
    """The parts of the bar: a class each; of very many the largest, and one for the others."""
    order = list(range(len(names)))
    if len(names) > _PARTS:
        order = sorted(order, key=lambda k: -shares[k])[:_PARTS]
    parts = [(names[k], shares[k], class_colour(k)) for k in order]
    if rest := len(names) - len(order):
        others = max(0.0, 1 - sum(share for _, share, _ in parts))
        parts.append((f"{rest:,} others", others, NEUTRAL))
    return [
        {"text": f"{name} {share:.1%}", "width": round(100 * share, 2), "colour": colour}
        for name, share, colour in parts
    ]


def _queue(snapshot: Snapshot, store: Labels) -> tuple[Predictions, queues.Queue]:
    """The images to show, in order, and the predictions that they were chosen by."""
    pool = snapshot.pool
    answered = {entry.image_id for entry in answers.log_of(state.LABELER)}
    if disputes.wanted():
        disputed = disputes.queue(snapshot, store, answered)[:QUEUE]
        predictions, _ = answers.predictions(snapshot, at_once=not disputed)
        st.session_state[state.QUEUE] = queues.Queue(disputed, frozenset())
        answers.asked(disputed)
        return predictions, st.session_state[state.QUEUE]
    last: queues.Queue = st.session_state.setdefault(state.QUEUE, EMPTY)
    ids = [
        i for i in last.ids
        if i not in answered and i in pool.rows and not snapshot.is_answered[pool.rows[i]]
    ]  # fmt: skip
    linked = _linked(pool, answered)
    predictions, changed = answers.predictions(snapshot, at_once=not ids)
    if changed:
        ids = queues.shortened(ids, last.audit, STEADY)
    refill = changed or len(ids) <= STEADY
    if refill:
        seed = snapshot.labels.version[0]
        last = ahead.filled(
            snapshot, predictions, store, queues.Queue(_first(snapshot) + ids, last.audit),
            session.name(),
            queues.Asking(_strategy(snapshot), QUEUE, seed, only.passes(snapshot)),
        )  # fmt: skip
        ids = last.ids
    # Whoever follows a link sees its image, also where it has an answer or another one's queue.
    ids = second.mixed_in(snapshot, store, ids, answered, refill)
    queue = queues.Queue([*linked, *(i for i in ids if i not in linked)], last.audit)
    st.session_state[state.QUEUE] = queue
    answers.asked(queue.ids)
    return predictions, queue


def _strategy(snapshot: Snapshot) -> str:
    """How the next images are chosen: at the start perhaps in another way than after it."""
    labeled = int((snapshot.nodes >= 0).sum())
    start = st.session_state.get(state.START, "")
    return queues.strategy_now(
        st.session_state[state.STRATEGY], start, labeled, len(snapshot.names)
    )


def _linked(pool: Pool, answered: set[str]) -> list[str]:
    """The image that the address names, until it is answered here."""
    named = links.news("image")
    if named is not None:
        st.session_state[state.LINKED] = [i for i in links.image_ids(named)[:1] if i in pool.rows]
    left = [i for i in st.session_state.get(state.LINKED, []) if i not in answered]
    st.session_state[state.LINKED] = left
    links.keep("image", links.of_images(left))
    return left


def _first(snapshot: Snapshot) -> list[str]:
    """What the grid called wrong without a class comes before anything else."""
    rows = snapshot.pool.rows
    asked = [i for i in st.session_state.get(ASKED_AGAIN, []) if i in rows]
    return [i for i in asked if not snapshot.is_answered[rows[i]]]


def _items(
    snapshot: Snapshot, predictions: Predictions, queue: queues.Queue
) -> list[dict[str, Any]]:
    if not queue.ids:
        return []
    rows = [snapshot.pool.rows[i] for i in queue.ids]
    texts, reasons = captions.of(snapshot), explain(snapshot, predictions, rows)
    cells = listing.lines(snapshot, queue.ids)
    likes, prompt = apart.shown(snapshot, rows), _prompt(snapshot, predictions, rows)
    return [
        _item(snapshot, predictions, row, reason)
        | {
            "audit": image_id in queue.audit,
            "captions": [*texts.get(image_id, ()), *cells[image_id]],
            "alike": like,
            "prompt": zero,
        }
        for image_id, row, reason, like, zero in zip(
            queue.ids, rows, reasons, likes, prompt, strict=True
        )
    ]


def _prompt(
    snapshot: Snapshot, predictions: Predictions, rows: list[int]
) -> list[list[int] | dict[str, list[int]]] | list[None]:
    """Probabilities from the prompts alone; None where those shown are such already."""
    if predictions.model == "prompt":
        return [None] * len(rows)
    return [thousandths(row) for row in softmax(zero_shot(snapshot).logits_of(rows))]


def _item(snapshot: Snapshot, predictions: Predictions, row: int, reason: Reason) -> dict[str, Any]:
    pool, key = snapshot.pool, snapshot.key
    near = [
        {
            "thumb": thumbs.url(key, pool.ids[other]),
            "label": predictions.names[k],
            "colour": class_colour(k),
        }
        for other, k in reason.neighbours
    ]
    return {
        "id": pool.ids[row],
        "picture": thumbs.url(key, pool.ids[row], "picture"),
        "thumb": thumbs.url(key, pool.ids[row]),
        "name": pool.files[row][0].path,
        "probabilities": thousandths(predictions.probabilities[row]),
        "why": {"prompt": reason.prompt, "neighbours": near},
    }


def remember_wrong() -> None:
    """Remember what the grid called wrong, for the desk to ask; the desk checks the ids."""
    asked = st.session_state.setdefault(ASKED_AGAIN, [])
    asked += [i for i in called_wrong(state.GRID) if i not in asked]
