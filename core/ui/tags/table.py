"""All tags at a glance: one short line each, with a tiny histogram; one of them is chosen."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import streamlit as st

from core.services.tags import views
from core.services.tags.tagged import TagColumn, Tagged
from core.tags.vocabulary import Tag
from core.ui.session import links
from core.ui.tags import state

SPARK_BINS = 32
ROW, MOST_ROWS = 30, 12
_sparks: WeakKeyDictionary[TagColumn, list[float]] = WeakKeyDictionary()


def choose(tagged: Tagged) -> str:
    """Draw the table; returns the code of the chosen tag, which the address names."""
    codes = list(tagged.columns)
    shown = _shown(codes)
    place = codes.index(shown)
    if _row() != place:
        st.session_state[state.TABLE] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    st.session_state[state.TABLE_CODES] = codes
    frame = pd.DataFrame([_line(tagged, code) for code in codes])
    whole = st.column_config.NumberColumn
    st.dataframe(
        frame, key=state.TABLE, on_select="rerun", selection_mode="single-row-required",
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
    st.session_state.setdefault(state.TAG, shown)
    code = st.selectbox(
        "Chosen tag", codes, key=state.TAG, label_visibility="collapsed",
        format_func=lambda code: _title(tagged, code),
    )  # fmt: skip
    links.keep(state.TAG, str(code))
    return str(code)


def show(code: str) -> None:
    """Choose a tag from a callback."""
    st.session_state[state.TAG] = code


def _title(tagged: Tagged, code: str) -> str:
    words = tagged.tags[code].words
    return code if words == code else f"{words} · {code}"


def _row() -> int | None:
    event = st.session_state.get(state.TABLE)
    rows = event["selection"]["rows"] if event else []
    return int(rows[0]) if rows else None


def _shown(codes: list[str]) -> str:
    """The tag of a link, the one pressed in the table since it was drawn, or the one before."""
    drawn, row = st.session_state.get(state.TABLE_CODES, []), _row()
    before = st.session_state.get(state.TAG_BEFORE)
    if row is not None and row < len(drawn) and drawn[row] in codes and drawn[row] != before:
        st.session_state[state.TAG] = drawn[row]
    code = links.news(state.TAG) or st.session_state.get(state.TAG)
    code = code if code in codes else codes[0]
    st.session_state[state.TAG] = st.session_state[state.TAG_BEFORE] = code
    return code


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
        histogram = views.histogram(column, SPARK_BINS)
        counts = (
            histogram.counts
            if histogram is not None
            else np.histogram(column.confidence, SPARK_BINS, (0, 1))[0]
        )
        _sparks[column] = np.sqrt(counts / max(int(counts.max()), 1)).round(3).tolist()
    return _sparks[column]
