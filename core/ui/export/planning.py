"""The plan of an export on the page: made at once, of very many images in the background."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.data.duplicates import groups_of
from core.services.data.overview import overview
from core.services.export import runs
from core.services.export.delta import Delta, only_new
from core.services.export.promises.promise import Promise
from core.services.export.promises.promised import promised
from core.ui.export import state
from core.ui.export.choices import Settings
from core.ui.session import tasks
from core.ui.shared import progress
from core.ui.widgets.text import plain

_PLAN = "plan"
"""Kind of work, see ``tasks``."""
_BYTES = 2_500  # of memory that the plan of one file takes, about


def plan(
    snapshot: Snapshot,
    predictions: Predictions,
    settings: Settings,
    doubts: list[str | None] | None,
    change: Delta | None,
    promise: Promise | None,
) -> Plan | None:
    """The plan of these choices, made once; None, which is said, while that of very many is not
    there.

    Args:
        doubts: of the same predictions and choices.
        change: what earlier exports lack, where only that is asked for.
        promise: what is promised, None where nothing is.
    """

    def make(report: Report) -> Plan:
        problems = overview(snapshot.workspace).problems
        rejected = list(problems.select("path", "problem").iter_rows())
        groups = groups_of(snapshot, report) if settings.options.splits else None
        made = whole = runs.plan(
            snapshot, predictions, rejected, settings.options, groups, doubts, report=report
        )
        made = only_new(made, change) if change is not None else made
        return promised(snapshot, promise, whole, made) if promise is not None else made

    key = (snapshot.pool.version, settings, change and change.before)
    last = st.session_state.get(state.PLAN)
    if last is not None and last[0] == key and last[1] is predictions:
        planned: Plan = last[2]
        return planned
    if snapshot.pool.many:
        return _behind(snapshot, (key, predictions), make)
    with st.spinner("Settling the name of each file…", show_time=True):
        made = make(Report())
    st.session_state[state.PLAN] = (key, predictions, made)
    return made


def _behind(
    snapshot: Snapshot, basis: tuple[Hashable, Predictions], make: Callable[[Report], Plan]
) -> Plan | None:
    """The plan of very many images, once somebody asked for it and it is there."""
    task = tasks.task(_PLAN, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
        return None
    if task is not None and task.result is not None:
        key, predictions, made = task.result
        if key == basis[0] and predictions is basis[1]:
            st.session_state[state.PLAN] = task.result
            tasks.forget(_PLAN, snapshot.key)
            planned: Plan = made
            return planned
    st.button(
        f"Settle the names of {len(snapshot):,} images", key="plan-make", on_click=_start,
        args=(snapshot, basis, make),
    )  # fmt: skip
    st.caption(
        "Before that many images can be written, the name of each file is settled: that takes "
        f"minutes and about {_BYTES * len(snapshot) / 1e9:.0f} GB of memory, so it begins when you "
        "ask for it. You can work on other pages meanwhile."
    )
    if task is not None and task.status.error:
        st.error(plain(task.status.error))
    return None


def _start(
    snapshot: Snapshot, basis: tuple[Hashable, Predictions], make: Callable[[Report], Plan]
) -> None:
    tasks.start(_PLAN, snapshot.key, "Plan", lambda report: (*basis, make(report)))
