"""The list of runs, what can be done with one, and two of them compared."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.metrics.runs import listing
from core.services.metrics.runs.listing import AUTOMATIC, Run
from core.services.predict.recording import MOMENT, record
from core.store.history.ledger import MOST_NOTE
from core.ui.metrics.runs import choosing, compared
from core.ui.metrics.state import RUN_ALL, RUN_NAME, RUN_NOTE, RUN_ONE
from core.ui.session import session, trouble
from core.ui.shared import accuracy
from core.ui.widgets import presses
from core.ui.widgets.text import plain

_LONGEST_NAME = 80


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw the view."""
    st.caption(
        "What was made of this question: exports, model files, versions of the prompts, encoders, "
        "and moments that somebody kept. Any two can be compared."
    )
    listed = listing.runs(snapshot.workspace)
    _table(listed)
    with trouble.in_place():
        _actions(snapshot, predictions, [run for run in listed if run.kind != AUTOMATIC])
    pair = choosing.pair(listed, time.time())
    if pair is None:
        return
    try:
        compared.show(snapshot, predictions, *pair)
    except WinnowError as error:
        st.error(plain(error))


def _table(listed: list[Run]) -> None:
    automatic = sum(run.kind == AUTOMATIC for run in listed)
    everything = automatic > 0 and st.toggle(
        f"Also the predictions kept every ten minutes ({automatic:,})", key=RUN_ALL
    )
    shown = [run for run in listed if everything or run.kind != AUTOMATIC]
    if not shown:
        st.info(
            "Nothing is on record yet. An export, a model file or a change of the prompts is "
            "listed here by itself; “Keep this moment” lists what is predicted now."
        )
        return
    table = pd.DataFrame(
        {
            "": ["★" if run.pinned else "" for run in shown],
            "date": [run.date for run in shown],
            "kind": [run.kind for run in shown],
            "name": [run.name for run in shown],
            "person": [run.person or "–" for run in shown],
            "accuracy": [
                accuracy.interval(*run.accuracy) if run.accuracy else "–" for run in shown
            ],
            "labels": [_count(run, "labels") for run in shown],
            "classes": [_count(run, "classes") for run in shown],
            "encoder": [run.figures.get("model") or "–" for run in shown],
            "note": [run.note.text if run.note else "" for run in shown],
        }
    )
    st.dataframe(
        table, hide_index=True, width="stretch", key="runs-table",
        column_config={
            "": st.column_config.Column(width=24, help="★ is the run that counts."),
            "accuracy": st.column_config.Column(
                width=130, help="Of random images at that time, with the 95 % interval."
            ),
        },
    )  # fmt: skip


def _count(run: Run, figure: str) -> str:
    """A figure of a run; a dash for none."""
    count = run.figures.get(figure)
    return f"{count:,}" if isinstance(count, int) else "–"


# -- one run --------------------------------------------------------------------------------------


def _actions(snapshot: Snapshot, predictions: Predictions, listed: list[Run]) -> None:
    keep, one = st.columns(2, gap="large")
    with keep.popover(
        "Keep this moment", icon=":material/bookmark_add:", width="stretch", key="runs-moment"
    ):
        st.caption("What is predicted now goes into the list, to be compared with later.")
        name = st.text_input(
            "Name", key=RUN_NAME, max_chars=_LONGEST_NAME, placeholder="before the new prompts"
        )
        st.button(
            "Keep", key="runs-keep", disabled=not name.strip(),
            on_click=trouble.careful(_keep), args=(snapshot, predictions),
        )  # fmt: skip
    with one.popover(
        "Note or pin a run", icon=":material/push_pin:", width="stretch", disabled=not listed,
        key="runs-one-menu",
    ):  # fmt: skip
        _note_or_pin(snapshot, listed)


def _note_or_pin(snapshot: Snapshot, listed: list[Run]) -> None:
    if not listed:
        return
    by_id = {run.id: run for run in listed}
    if st.session_state.get(RUN_ONE) not in by_id:
        st.session_state[RUN_ONE] = listed[0].id
    run = by_id[st.selectbox("Run", list(by_id), key=RUN_ONE, format_func=lambda i: by_id[i].title)]
    presses.button(
        "No longer the one that counts" if run.pinned else "This is the one that counts",
        "runs-pin", (RUN_ONE,), trouble.careful(_pin), (snapshot, run),
    )  # fmt: skip
    text = st.text_area(
        "Note", run.note.text if run.note else "", key=f"{RUN_NOTE}-{run.id}", max_chars=MOST_NOTE
    )
    presses.button(
        "Save the note", "runs-note-save", (RUN_ONE, RUN_NOTE), trouble.careful(_note),
        (snapshot, run, text),
    )  # fmt: skip
    if run.note and run.note.person:
        st.caption(f"Noted by {plain(run.note.person)}.")


def _keep(snapshot: Snapshot, predictions: Predictions) -> None:
    name = str(st.session_state[RUN_NAME]).strip()
    record(snapshot, predictions, MOMENT, name, session.annotator())
    st.session_state[RUN_NAME] = ""


def _pin(snapshot: Snapshot, run: Run) -> None:
    listing.pin(snapshot.workspace, None if run.pinned else run, session.annotator())


def _note(snapshot: Snapshot, run: Run, text: str) -> None:
    listing.note(snapshot.workspace, run, text, session.annotator())
