"""The figures behind the scores: a row a tag, to read and to take along."""

from __future__ import annotations

import streamlit as st

from core.services.tags.statistics import statistics_table
from core.services.tags.tagged import Tagged
from core.store.spreadsheets import safe_csv

_HELP = {
    "least": "The lowest similarity of any image.",
    "mean": "The middle of all images; the scores of a tag are counted from here.",
    "most": "The highest similarity of any image.",
    "spread": "Standard deviation; a tag that tells images apart has a wide one.",
}


def show(tagged: Tagged) -> None:
    """Draw the table, folded away, with its download."""
    part = st.expander("Similarities of all tags", key="tags-similarities", on_change="rerun")
    if part.open:
        with part:
            _table(tagged)


def _table(tagged: Tagged) -> None:
    frame, number = statistics_table(tagged), st.column_config.NumberColumn
    st.dataframe(
        frame, hide_index=True, width="stretch", key="tags-similarities-table",
        alt="Similarities of each tag: least, mean, most and spread, and shares of the bands.",
        column_config={
            **{name: number(format="%.4f", help=text) for name, text in _HELP.items()},
            **{
                name: number(format="percent", help=f"Of all images, {name}.")
                for name in ("accepted", "tentative", "rejected")
            },
        },
    )  # fmt: skip
    st.caption(
        "How near the prompts and the images are, before any border. Of a rule there is nothing "
        "but the shares."
    )
    st.download_button(
        "Table as CSV", lambda: safe_csv(frame), "similarities.csv",
        key="tags-similarities-csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
