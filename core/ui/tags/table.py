"""All tags at a glance: one short line each, with a tiny histogram; one of them is chosen.

Browser part: ``tag_list.js``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from core.services.tags import views
from core.services.tags.tagged import TagColumn, Tagged
from core.tags.vocabulary import Tag
from core.ui.session import links
from core.ui.tags import state
from core.ui.widgets import mount

SPARK_BINS = 32
_HERE = Path(__file__).parent
_sparks: WeakKeyDictionary[TagColumn, list[float]] = WeakKeyDictionary()


def choose(tagged: Tagged) -> str:
    """Draw the table; returns the code of the chosen tag, which the address names."""
    codes = list(tagged.columns)
    code = links.news(state.TAG) or st.session_state.get(state.TAG)
    code = code if code in codes else codes[0]
    st.session_state[state.TAG] = code
    mount.element(_HERE, "tag_list")(
        key=state.TABLE,
        data={"open": code, "rows": [_line(tagged, one) for one in codes]},
        default={"open": None},
        on_open_change=_open,
    )
    links.keep(state.TAG, str(code))
    return str(code)


def _open() -> None:
    message = mount.value(state.TABLE, "open")
    if isinstance(message, dict) and isinstance(message.get("code"), str):
        st.session_state[state.TAG] = message["code"]


def show(code: str) -> None:
    """Choose a tag from a callback."""
    st.session_state[state.TAG] = code


def _line(tagged: Tagged, code: str) -> dict[str, Any]:
    column, entry = tagged[code], tagged.tags[code]
    counts = column.counts()
    yes, no = int((column.human == 1).sum()), int((column.human == 0).sum())
    return {
        "code": code,
        "words": entry.words,
        "type": entry.type if isinstance(entry, Tag) else "rule",
        "accepted": counts["accepted"],
        "share": counts["accepted"] / max(len(tagged.pool), 1),
        "tentative": counts["tentative"],
        "rejected": counts["rejected"],
        "spark": _spark(column),
        "answers": yes + no,
        "yes": yes,
        "no": no,
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
