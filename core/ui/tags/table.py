"""All tags at a glance: one short line each, with a tiny histogram; one of them is chosen."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import streamlit as st

from core.services.tags import views
from core.services.tags.tagging import TagColumn, Tagged
from core.tags.vocabulary import Tag
from core.ui.session import links
from core.ui.tags.state import CHOSEN

SPARK_BINS = 32
ROW, MOST_ROWS = 30, 12
_TABLE, _DRAWN = "tags-table", "tags-drawn"
_sparks: WeakKeyDictionary[TagColumn, list[float]] = WeakKeyDictionary()


def choose(tagged: Tagged) -> str:
    """Draw the table; returns the code of the chosen tag, which the address names."""
    codes = list(tagged.columns)
    chosen = _chosen(codes)
    place = codes.index(chosen)
    if _row() != place:
        st.session_state[_TABLE] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    st.session_state[_DRAWN] = codes
    frame = pd.DataFrame([_line(tagged, code) for code in codes])
    whole = st.column_config.NumberColumn
    st.dataframe(
        frame, key=_TABLE, on_select="rerun", selection_mode="single-row-required",
        hide_index=True, width="stretch", row_height=ROW,
        height=ROW * (min(len(codes), MOST_ROWS) + 1) + 6,
        alt="Tags with their counts; the selected one is shown below.",
        column_config={
            "tag": st.column_config.TextColumn("Tag"),
            "type": st.column_config.TextColumn("Type", width=80),
            "accepted": whole("Accepted", format="localized", width=80),
            "share": st.column_config.ProgressColumn(
                "Share", format="percent", min_value=0, max_value=1, width=110,
                help="Of all images, accepted.",
            ),
            "tentative": whole("Tentative", format="localized", width=80),
            "rejected": whole("Rejected", format="localized", width=80),
            "spark": st.column_config.AreaChartColumn(
                "Scores", width=170, y_min=0, y_max=1,
                help="How the scores lie, low to high, on a square-root scale.",
            ),
            "answers": st.column_config.TextColumn("Yes / no", width=76),
            "from": st.column_config.TextColumn("Decided by", width=92),
        },
    )  # fmt: skip
    st.session_state.setdefault(CHOSEN, chosen)
    picked = st.selectbox(
        "Chosen tag", codes, key=CHOSEN, label_visibility="collapsed",
        format_func=lambda code: _title(tagged, code),
    )  # fmt: skip
    links.keep(CHOSEN, str(picked))
    return str(picked)


def show(code: str) -> None:
    """Choose a tag from a callback."""
    st.session_state[CHOSEN] = code


def _title(tagged: Tagged, code: str) -> str:
    words = tagged.tags[code].words
    return code if words == code else f"{words} · {code}"


def _row() -> int | None:
    state = st.session_state.get(_TABLE)
    rows = state["selection"]["rows"] if state else []
    return int(rows[0]) if rows else None


def _chosen(codes: list[str]) -> str:
    """The tag of a link, the one pressed in the table since it was drawn, or the one before."""
    drawn, row = st.session_state.get(_DRAWN, []), _row()
    before = st.session_state.get("tags-before")
    if row is not None and row < len(drawn) and drawn[row] in codes and drawn[row] != before:
        st.session_state[CHOSEN] = drawn[row]
    chosen = links.news(CHOSEN) or st.session_state.get(CHOSEN)
    chosen = chosen if chosen in codes else codes[0]
    st.session_state[CHOSEN] = st.session_state["tags-before"] = chosen
    return chosen


def _line(tagged: Tagged, code: str) -> dict[str, object]:
    column, entry = tagged[code], tagged.tags[code]
    counts = column.counts()
    yes, no = int((column.human == 1).sum()), int((column.human == 0).sum())
    return {
        "tag": entry.words,
        "type": entry.type if isinstance(entry, Tag) else "rule",
        "accepted": counts["accepted"],
        "share": counts["accepted"] / max(len(tagged.pool), 1),
        "tentative": counts["tentative"],
        "rejected": counts["rejected"],
        "spark": _spark(column),
        "answers": f"{yes} / {no}" if yes or no else "",
        "from": {"prompt": "prompts", "model": "answers", "rule": "rule"}[column.source],
    }


def _spark(column: TagColumn) -> list[float]:
    """The histogram of a tag, of a rule that of its confidences; counted once a column."""
    if column not in _sparks:
        found = views.histogram(column, SPARK_BINS)
        counts = (
            found.counts
            if found is not None
            else np.histogram(column.confidence, SPARK_BINS, (0, 1))[0]
        )
        _sparks[column] = np.sqrt(counts / max(int(counts.max()), 1)).round(3).tolist()
    return _sparks[column]
