"""Which two runs are compared: runs of the list, the present, or a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from datetime import time as day_time

import streamlit as st

from core.services.metrics.runs.listing import AUTOMATIC, MADE, Run
from core.services.metrics.runs.naming import before, present
from core.ui.metrics.state import RUN_DAY, RUN_FROM, RUN_HOW, RUN_TO

RUN, DAY = "A run", "A day"


def pair(listed: Sequence[Run], now: float) -> tuple[Run, Run] | None:
    """The two runs that were chosen, the earlier first; None while there is nothing to compare.

    Args:
        listed: all runs, the newest first.
        now: seconds since the epoch.
    """
    st.subheader("Compare")
    if not listed:
        st.caption("There is nothing to compare with yet.")
        return None
    how, first, second = st.columns([1, 2, 2], vertical_alignment="bottom")
    choice = how.segmented_control(
        "What changed since", [RUN, DAY], default=RUN, required=True, key=RUN_HOW,
        bind="query-params",
    )  # fmt: skip
    by_id = {run.id: run for run in [present(now), *listed]}
    with first:
        start = _day(listed) if choice == DAY else _run(by_id, "From", RUN_FROM, _usual(listed))
    with second:
        end = _run(by_id, "To", RUN_TO, next(iter(by_id)))
    return None if start is None else (start, end)


def _usual(listed: Sequence[Run]) -> str:
    """The run that counts, else the latest that was made, that predicted, or that there is."""
    made = [run for run in listed if run.kind in MADE]
    predicted = [run for run in listed if run.kind == AUTOMATIC]
    pinned = [run for run in listed if run.pinned]
    return next(iter([*pinned, *made, *predicted, *listed])).id


def _run(by_id: dict[str, Run], label: str, key: str, usual: str) -> Run:
    """Ask for a run; as long as nobody chose another one it is the usual one of now."""
    proposed = f"{key}-proposed"
    untouched = st.session_state.get(key) == st.session_state.get(proposed)
    if untouched or st.session_state.get(key) not in by_id:
        st.session_state[key] = usual
    st.session_state[proposed] = usual
    run_id = st.selectbox(
        label, list(by_id), key=key, format_func=lambda i: by_id[i].title, persist_state="session"
    )
    return by_id[run_id]


def _day(listed: Sequence[Run]) -> Run | None:
    """The last predictions on record before a day began."""
    day = st.date_input("From the beginning of", date.today() - timedelta(days=1), key=RUN_DAY)
    if not isinstance(day, date):
        return None
    run = before(listed, datetime.combine(day, day_time()).timestamp())
    if run is None:
        st.caption("Nothing that was predicted before is on record: choose a later day, or a run.")
    return run
