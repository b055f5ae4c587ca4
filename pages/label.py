"""Label: one image at a time, one key a class; every answer is on disk before it is confirmed."""

from __future__ import annotations

import time
import uuid

import pandas as pd
import streamlit as st

from core.queueing import refill
from core.ui import session, thumbs
from core.ui.labeler import labeler, log_of

QUEUE, LOW = 40, 20
KINDS = {
    "uherding": "Uncertain and varied",
    "margin": "Smallest margin",
    "entropy": "Highest entropy",
    "random": "Random",
}


def forget_queue() -> None:
    st.session_state["queue"] = []


def item(image_id: str) -> dict[str, object]:
    row = pool.rows[image_id]
    return {
        "id": image_id,
        "picture": thumbs.url(project, image_id, "picture"),
        "name": pool.files[row][0].path,
        "probabilities": [round(float(p), 4) for p in predictions.probabilities[row]],
    }


def take_answers() -> int:
    """Store what the browser said; returns the number to acknowledge."""
    client = st.session_state["client"]
    log = log_of("labeler")
    known = [entry for entry in log if entry.image_id in pool.rows]
    ack = project.labels.acknowledged(client)
    fresh = [entry for entry in known if entry.seq > ack]
    if fresh:
        ack = project.labels.record(client, fresh, session.annotator(), "label page")
        said = {entry.image_id for entry in fresh}
        st.session_state["queue"] = [i for i in st.session_state["queue"] if i not in said]
        st.session_state["answers"] = st.session_state.get("answers", 0) + len(fresh)
        st.session_state.setdefault("answers-since", time.monotonic())
    return ack


def progress(answers: int) -> None:
    current = project.labels.current()
    counts = dict.fromkeys(vocabulary.names, 0)
    for label in current.values():
        if label.label in counts:
            counts[label.label] += 1
    cells = st.columns(4)
    cells[0].metric("Labeled", f"{sum(counts.values()):,}", help=f"of {len(pool):,} images")
    skipped = sum(label.kind in ("skip", "unsure") for label in current.values())
    cells[1].metric("Skipped or unsure", f"{skipped:,}")
    cells[2].metric("This session", f"{answers:,}")
    minutes = (time.monotonic() - st.session_state.get("answers-since", time.monotonic())) / 60
    cells[3].metric("Answers a minute", f"{answers / minutes:.0f}" if minutes > 0.1 else "–")
    table = pd.DataFrame({"class": list(counts), "labels": list(counts.values())})
    st.dataframe(
        table, hide_index=True, width="stretch", key="balance",
        height=min(36 * (len(table) + 1) + 2, 320),
        column_config={
            "labels": st.column_config.ProgressColumn(
                "labels", format="%d", min_value=0, max_value=max(5, *counts.values())
            )
        },
    )  # fmt: skip


@st.fragment
def desk() -> None:
    global predictions
    ack = take_answers()
    queue: list[str] = st.session_state["queue"]
    if len(queue) <= LOW:
        # The browser holds the rest of its queue meanwhile: nobody waits for the refit.
        predictions = project.predict(vocabulary)
        seed = project.labels.version()[0]
        kind = st.session_state.get("kind", "uherding")
        queue += refill(project, predictions, queue, QUEUE - len(queue), kind, seed)
    if not queue and not log_of("labeler"):
        st.success("Every image has an answer. See Metrics for how good the predictions are.")
    labeler("labeler", st.session_state["client"], ack, vocabulary.names, [item(i) for i in queue])
    progress(st.session_state.get("answers", 0))


project, pool, vocabulary, predictions = session.require_predictions()
head = st.columns([3, 2, 2], vertical_alignment="bottom")
head[0].title("Label")
head[1].selectbox(
    "Order", list(KINDS), format_func=KINDS.__getitem__, key="kind", on_change=forget_queue,
    help="Uncertain and varied asks for the images that teach most: it covers the data first and "
    "closes in on the borders between classes later (UHerding).",
)  # fmt: skip
session.annotator()
head[2].text_input("Annotator", key="annotator", help="Stored with each label.")
st.session_state.setdefault("client", uuid.uuid4().hex)
st.session_state.setdefault("queue", [])
if st.session_state.get("queue-for") != (project.key, vocabulary.names):
    st.session_state["queue-for"] = (project.key, vocabulary.names)
    forget_queue()
if predictions.outside:
    st.warning(
        f"{predictions.outside:,} labels name classes that are no longer on the Prompts page; "
        "they are kept but take no part."
    )
desk()
