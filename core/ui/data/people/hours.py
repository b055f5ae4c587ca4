"""Labels per person and hour: a small chart, and the table behind it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.project.project import Project
from core.services.people.hours import PAUSE, Hour, hours, totals
from core.ui.widgets import figures
from core.ui.widgets.colours import class_colour

_SHOWN = 72  # hours in which somebody worked, the latest


def show(project: Project) -> None:
    """Draw chart and tables; where there is nothing, say so."""
    rows = hours(project.labels.logged(0.0, float("inf")))
    if not rows:
        st.caption("Nobody has labeled anything on the Label page yet.")
        return
    shown = sorted({row.hour for row in rows})[-_SHOWN:]
    latest = [row for row in rows if row.hour in set(shown)]
    st.plotly_chart(figure(latest), key="people-hours")
    st.caption(
        f"Answers on the Label page that stand. Work is the time between answers; pauses of more "
        f"than {PAUSE / 60:g} minutes do not count."
    )
    st.dataframe(_table(totals(rows)), hide_index=True, width="stretch", key="people-totals")
    st.dataframe(_table(latest[::-1]), hide_index=True, width="stretch", key="people-by-hour")


def figure(rows: list[Hour]) -> go.Figure:
    """Bars of labels by hour, one colour a person."""
    people = sorted({row.person for row in rows})
    bars = [
        go.Bar(
            x=[row.hour for row in rows if row.person == name],
            y=[row.labels for row in rows if row.person == name],
            name=figures.plain_label(name), marker={"color": class_colour(place)},
            hovertemplate="%{x}: %{y:,} labels<extra>%{fullData.name}</extra>",
        )
        for place, name in enumerate(people)
    ]  # fmt: skip
    drawn = go.Figure(bars)
    drawn.update_layout(
        height=260, **figures.FRAME, barmode="group", showlegend=len(people) > 1,
        xaxis={"title": None, "type": "category"}, yaxis={"title": "labels"},
    )  # fmt: skip
    return drawn


def _table(rows: list[Hour]) -> pd.DataFrame:
    with_hours = any(row.hour for row in rows)
    return pd.DataFrame(
        [
            {
                "person": row.person,
                **({"hour": row.hour} if with_hours else {}),
                "labels": row.labels,
                "minutes of work": round(row.minutes, 1),
                "labels an hour": "–" if row.speed is None else f"{row.speed:,.0f}",
            }
            for row in rows
        ]
    )
