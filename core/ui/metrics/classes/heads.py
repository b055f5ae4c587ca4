"""How labels are learned from: the head in use, all heads compared, and the switch."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.heads.choosing import LEAST, Contest
from core.learn.heads.measures import ACCURACY, MACRO_F1, Measure, recall_of
from core.learn.heads.names import NAMES
from core.learn.heads.registry import HEADS
from core.project.snapshot import Snapshot
from core.services.predict.heads import use_head, why
from core.ui.metrics.state import HEAD, HEAD_CLASS, HEAD_MEASURE
from core.ui.metrics.tasks import HEAD_CONTEST, compared_with, start_contest
from core.ui.session import session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets import presses
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.text import plain

_RECALL = "Recall of a class"


def show(snapshot: Snapshot) -> None:
    """Draw the head in use, the comparison and the switch."""
    head = HEADS[snapshot.head]
    st.subheader(
        "How labels are learned from",
        help="With classes of very unequal size the rare ones are easily passed over. Other heads "
        "give them more weight; whether that helps is measured on your own labels.",
    )
    st.markdown(f"In this question labels are learned from with **{head.title}**. {head.what}")
    labels = int((snapshot.human >= 0).sum())
    if labels < LEAST:
        st.caption(f"Heads can be compared from {LEAST} labels on; there are {labels:,}.")
        return
    measure = _measure(snapshot)
    compared = _contest(snapshot, measure)
    if compared is not None:
        _results(snapshot, compared)
    _switch(snapshot, compared)


def _measure(snapshot: Snapshot) -> Measure:
    """Ask what counts."""
    left, right = st.columns(2)
    wanted = left.selectbox(
        "What counts", [MACRO_F1.title, ACCURACY.title, _RECALL], key=HEAD_MEASURE,
        help="Macro F1 gives every class the same say, accuracy every image.",
    )  # fmt: skip
    if wanted == _RECALL:
        name = right.selectbox("Class", snapshot.names, key=HEAD_CLASS)
        return recall_of(snapshot.names.index(name), name)
    return MACRO_F1 if wanted == MACRO_F1.title else ACCURACY


def _contest(snapshot: Snapshot, measure: Measure) -> Contest | None:
    """What the comparison says of these labels; the button that starts it, or how far it is."""
    task = tasks.task(HEAD_CONTEST, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
        return None
    compared = compared_with(snapshot, measure)
    if compared is not None:
        return compared
    if task is not None and task.status.error:
        st.error(plain(task.status.error))
    st.button(
        "Compare the heads", key="heads-compare", on_click=_compare, args=(snapshot, measure),
        help="Every label is judged by models that did not see it. It takes about half a minute.",
    )  # fmt: skip
    return None


def _compare(snapshot: Snapshot, measure: Measure) -> None:
    start_contest(snapshot, measure)


def _results(snapshot: Snapshot, compared: Contest) -> None:
    """The sentence and the table."""
    best = HEADS[compared.best].title
    st.markdown(f"By this, **{best}** is the one to use: {plain(why(compared))}")
    table = pd.DataFrame(
        [
            {
                "head": HEADS[score.head].title,
                compared.measure.title: score.value,
                "gain": score.gain,
                "from": score.low,
                "to": score.high,
                "accuracy": score.accuracy,
                "what it does": HEADS[score.head].what,
            }
            for score in compared.scores
        ]
    )
    if compared.measure.title == ACCURACY.title:
        del table["accuracy"]
    number, gains = st.column_config.NumberColumn, ["gain", "from", "to"]
    columns = {
        "head": st.column_config.TextColumn(width=180),
        **dict.fromkeys((compared.measure.title, "accuracy"), number(format="percent", width=85)),
        "gain": number("gain, points", format="%+.1f", width=95),
        **dict.fromkeys(("from", "to"), number(format="%+.1f", width=65)),
    }
    st.dataframe(
        table.assign(**{name: 100 * table[name] for name in gains}),
        hide_index=True, width="stretch", key="heads-table", column_config=columns,
    )  # fmt: skip
    drawn = len(snapshot.audit) == int((snapshot.human >= 0).sum())
    st.caption(
        "The intervals hold for all heads together with 95 %. "
        + (
            "All labels are of images drawn at random, so the figures are those of the collection."
            if drawn
            else "Labels are mostly asked for where the model is unsure, so the figures are lower "
            "than those of the collection."
        )
    )
    st.download_button(
        "Heads as CSV", lambda: csv_of(table), "heads.csv", key="heads-csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _switch(snapshot: Snapshot, compared: Contest | None) -> None:
    """The head to use from now on."""
    first = compared.best if compared is not None else snapshot.head
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    wanted = left.selectbox(
        "Learn with", NAMES, NAMES.index(first), key=f"{HEAD}-{first}",
        format_func=lambda name: HEADS[name].title,
    )  # fmt: skip
    with right:
        presses.button(
            "Use this head", "heads-use", (HEAD,), _use, (wanted,), width="stretch",
            disabled=wanted == snapshot.head,
            help="Predictions are learned anew, on all pages and in exports; labels stay. It can "
            "be changed back at any time.",
        )  # fmt: skip


@trouble.careful
def _use(name: str) -> None:
    use_head(session.require_project().workspace, name)
