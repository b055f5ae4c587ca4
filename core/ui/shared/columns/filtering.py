"""A filter on one of the columns that people brought, with the fields that its kind asks for."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.search.filters import written
from core.services.data.metadata.columns import series
from core.ui.shared.columns import listing
from core.ui.widgets.text import plain

_NOTHING = "(nothing there)"


def draw(snapshot: Snapshot, key: str) -> list[str]:
    """Draw the fields; the conditions that they stand for, none while no column is picked.

    Args:
        key: of the field that picks the column; the others have keys that begin so.
    """
    columns = listing.of(snapshot)
    if not columns:
        return []
    column = st.selectbox(
        "Column", list(columns), index=None, key=key, format_func=plain, bind="query-params",
        placeholder="any", help="Columns that you imported on the Data page.",
    )  # fmt: skip
    if column is None:
        return []
    # Keys of their own for each column: a value of one is none of another.
    field = f"{key}-{list(columns).index(column)}"
    kind = snapshot.metadata.kinds[columns[column]]
    if kind == "category":
        return _one_of(snapshot, column, columns[column], field)
    if kind == "text":
        words = st.text_input(
            "Contains", key=f"{field}-words", placeholder="any text",
            help="Wherever it stands; case does not matter.",
        )  # fmt: skip
        text = " ".join((words or "").split())
        return [written(column, "~", text)] if text else []
    return _between(column, kind == "date", field)


def _one_of(snapshot: Snapshot, column: str, name: str, field: str) -> list[str]:
    counts = series(snapshot, name).rename("value").value_counts(sort=True)
    values = [value or _NOTHING for value in counts["value"].to_list()]
    value = st.selectbox(
        "Value", values, index=None, key=f"{field}-value", format_func=plain, placeholder="any"
    )
    if value is None:
        return []
    return [written(column, "=", "" if value == _NOTHING else value)]


def _between(column: str, dates: bool, field: str) -> list[str]:
    left, right = st.columns(2)
    conditions = []
    for place, title, operator in ((left, "From", ">="), (right, "To", "<=")):
        ends = f"{field}-{title}"
        if dates:
            day = place.date_input(title, value=None, key=ends, format="YYYY-MM-DD")
            value = day.isoformat() if day is not None else ""
        else:
            number = place.number_input(title, value=None, key=ends, placeholder="no limit")
            value = f"{number:.12g}" if number is not None else ""
        conditions += [written(column, operator, value)] if value else []
    return conditions
