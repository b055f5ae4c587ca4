"""The Metrics page's view on what changed since a moment, of all kinds in one place."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as day_time

import pandas as pd
import streamlit as st

from core.export.record.past import runs_of
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.metrics.changes import (
    Changes,
    LabelChanges,
    ModelChanges,
    Moves,
    PromptChanges,
    changes,
)
from core.services.metrics.runs.flipped import csv_of
from core.ui.metrics.state import DAY, SINCE
from core.ui.session import fitting, session
from core.ui.shared import accuracy, flip_groups
from core.ui.widgets import numbers
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

EXPORT, HOUR, TODAY, WEEK, OTHER = (
    "Last export", "Last hour", "Today", "Last 7 days", "A day",
)  # fmt: skip
_GROUPS, _IMAGES = 12, 24


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Ask for a moment, and draw what is different now."""
    moment = _moment(snapshot)
    if moment is None:
        return
    try:
        since = changes(snapshot, session.require_project().labels, predictions, moment)
    except WinnowError as error:
        st.error(plain(error))
        return
    st.caption(f"Since {_when(moment)}, of this question; models and images are of all questions.")
    _head(since)
    left, right = st.columns(2, gap="large")
    with left:
        _labels(since.labels)
        _model(since.model)
    with right:
        _prompts(since.prompts)
        _exports(since)
    _moves(snapshot, since.moves)


def _moment(snapshot: Snapshot) -> float | None:
    """The moment that was chosen, in seconds since the epoch; None while it is not known."""
    runs = runs_of(snapshot.workspace.runs)
    choices = [EXPORT, HOUR, TODAY, WEEK, OTHER] if runs else [HOUR, TODAY, WEEK, OTHER]
    how, which = st.columns([3, 1], vertical_alignment="bottom")
    choice = how.segmented_control(
        "Since", choices, default=choices[0], required=True, key=SINCE, bind="query-params"
    )
    today = datetime.combine(date.today(), day_time())
    if choice == EXPORT:
        return runs[-1].when.timestamp()
    if choice == HOUR:
        return time.time() - 3600
    if choice == WEEK:
        return (today - timedelta(days=7)).timestamp()
    if choice == OTHER:
        day = which.date_input("Day", date.today() - timedelta(days=1), key=DAY)
        if not isinstance(day, date):
            return None
        return datetime.combine(day, day_time()).timestamp()
    return today.timestamp()


def _when(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment):%a %d %b %Y, %H:%M}"


def _head(since: Changes) -> None:
    labels, moves = since.labels, since.moves
    figures = {
        "Images labeled": labels.labeled,
        "Labels changed": labels.changed,
        "Labels removed": labels.removed,
        "Predictions moved": moves.moved if moves else None,
        "Exports": len(since.exports),
    }
    numbers.show(
        Number(name, "–" if figure is None else f"{figure:,}") for name, figure in figures.items()
    )


def _labels(labels: LabelChanges) -> None:
    st.subheader("Labels")
    if not labels.classes and not labels.people and not labels.undone:
        st.caption("No label changed.")
        return
    if labels.classes:
        table = pd.DataFrame(
            {
                "class": list(labels.classes),
                "new": [of.new for of in labels.classes.values()],
                "from another": [of.into for of in labels.classes.values()],
                "to another": [of.out_of for of in labels.classes.values()],
                "removed": [of.removed for of in labels.classes.values()],
            }
        )
        st.dataframe(table, hide_index=True, width="stretch", key="changes-classes")
    people = list(dict.fromkeys([*labels.people, *labels.undone]))
    if people:
        table = pd.DataFrame(
            {
                "person": people,
                "answers": [labels.people.get(name, 0) for name in people],
                "taken back": [labels.undone.get(name, 0) for name in people],
            }
        )
        st.dataframe(table, hide_index=True, width="stretch", key="changes-people")


def _prompts(prompts: PromptChanges) -> None:
    st.subheader("Classes and prompts")
    if prompts.nothing:
        st.caption("No class and no prompt changed.")
        return
    if prompts.begun:
        st.caption("No version from before is on record: these classes were written since.")
    lines = [f":green[+ class **{plain(name)}**]" for name in prompts.added]
    lines += [f":red[− class **{plain(name)}**]" for name in prompts.removed]
    lines += [_renamed(prompts.renamed)] if prompts.renamed else []
    for name, (come, gone) in prompts.prompts.items():
        parts = [f":red[− {plain(text)}]" for text in gone]
        parts += [f":green[+ {plain(text)}]" for text in come]
        lines.append(f"**{plain(name)}**: " + " ".join(parts))
    st.markdown("  \n".join(lines[:60]))
    if len(lines) > 60:
        st.caption(f"{len(lines) - 60} more lines are not shown.")


def _renamed(renamed: Mapping[str, str]) -> str:
    return ", ".join(f"{plain(old)} is called **{plain(new)}**" for old, new in renamed.items())


def _model(model: ModelChanges) -> None:
    st.subheader("Model and images")
    if model.before is None:
        st.markdown(f"Model: **{plain(model.now)}**; which one it was before is not on record.")
    elif model.changed:
        st.markdown(f"Model: {plain(model.before)} → **{plain(model.now)}**")
    else:
        st.caption(f"The model is the same: {plain(model.now)}.")
    if model.embedded or model.gone:
        st.markdown(f"**{model.embedded:,}** images were embedded, **{model.gone:,}** files left.")


def _exports(since: Changes) -> None:
    st.subheader("Exports")
    if not since.exports:
        st.caption("Nothing was exported.")
    for run in reversed(since.exports[-20:]):
        st.markdown(f"{run.date} · **{plain(run.name)}**")


def _moves(snapshot: Snapshot, moves: Moves | None) -> None:
    st.subheader("Predictions")
    if moves is None:
        st.caption(
            "There is no record of what was predicted then. One is kept from now on, every ten "
            "minutes in which the model learns, and with every export."
        )
        return
    new = f" {moves.new:,} images are new." if moves.new else ""
    st.markdown(
        f"**{moves.moved:,}** of {moves.compared:,} images have another class than on "
        f"{_when(moves.time)}, labels included.{new}"
    )
    _accuracy(snapshot, moves)
    if not moves.flips:
        return
    st.download_button(
        "Download the list", lambda: csv_of(snapshot, moves.flips, csv_safe=True), "changed.csv",
        "text/csv", key="changes-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip
    flip_groups.show(snapshot, moves.flips, _GROUPS, _IMAGES)


def _accuracy(snapshot: Snapshot, moves: Moves) -> None:
    """What the random images said then and say now."""
    estimates = fitting.estimates(snapshot)
    now = estimates.accuracy if estimates is not None else None
    if moves.accuracy is None or now is None or now.value is None:
        return
    st.markdown(
        f"Accuracy on random images: {accuracy.interval(*moves.accuracy)} → "
        f"**{accuracy.interval(now.value, now.low, now.high)}**"
    )
