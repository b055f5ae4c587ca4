"""No text of a table begins as a formula does, and nothing else changes."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.spreadsheets import STARTS, safe_frame, safe_text


@pytest.mark.parametrize("start", STARTS)
def test_formulas_are_quoted(start: str) -> None:
    assert safe_text(f"{start}1+1") == f"'{start}1+1"


@given(st.text(max_size=20))
def test_a_text_is_quoted_exactly_when_it_begins_like_a_formula(text: str) -> None:
    assert safe_text(text) in (text, "'" + text)
    assert not safe_text(text).startswith(STARTS)
    assert safe_text(safe_text(text)) == safe_text(text)


@given(st.lists(st.one_of(st.none(), st.text(alphabet="=+-@\t\ra1", max_size=4)), max_size=6))
def test_tables_are_quoted_cell_by_cell_and_numbers_stay(cells: list[str | None]) -> None:
    frame = pl.DataFrame({"=path": pl.Series(cells, dtype=pl.String), "n": [-1.5] * len(cells)})
    safe = safe_frame(frame)
    assert safe.columns == ["'=path", "n"]
    assert safe["'=path"].to_list() == [c if c is None else safe_text(c) for c in cells]
    assert safe["n"].equals(frame["n"])


def test_columns_called_like_patterns_are_columns() -> None:
    frame = pl.DataFrame({"*": ["=1", "b"], "^a.*$": ["+x", "y"], "a1": ["c", "@z"]})
    assert safe_frame(frame).to_dict(as_series=False) == {
        "*": ["'=1", "b"], "^a.*$": ["'+x", "y"], "a1": ["c", "'@z"],
    }  # fmt: skip
