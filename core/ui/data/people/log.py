"""Who did what: the log, by person and day, and as a table to keep."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from core.project.project import Project
from core.services.people.log import as_csv, log, people_of, when
from core.ui.data import state

MOST = 1_000  # lines on the screen


def show(project: Project) -> None:
    """Draw the filters, the lines and the download."""
    day = st.session_state.get(state.LOG_DAY)
    lines = log(project, day=day.isoformat() if isinstance(day, date) else None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        person = st.selectbox(
            "Person", people_of(lines), index=None, key=state.LOG_PERSON, placeholder="Everybody"
        )
        st.date_input("Day", None, key=state.LOG_DAY, format="YYYY-MM-DD")
    shown = [line for line in lines if person is None or line.person == person]
    if not shown:
        st.caption("Nothing was done then; labels, changes of classes, imports and exports show.")
        return
    rows = [
        {
            "when": when(line.time),
            "until": when(line.until)[-8:] if line.count > 1 else "",
            "who": line.person or "–",
            "what": line.act,
            "about": line.about,
            "times": line.count,
        }
        for line in shown[:MOST]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="people-log")
    if len(shown) > MOST:
        st.caption(f"The latest {MOST:,} of {len(shown):,} lines; all of them are in the file.")
    st.download_button(
        "Download the log", lambda: as_csv(shown), "log.csv", "text/csv", key="people-log-csv",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip
