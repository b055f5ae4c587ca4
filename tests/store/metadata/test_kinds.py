"""Kinds of columns: told from every cell, and no cell is lost that does not fit."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.metadata.kinds import MOST_VALUES, typed
from core.store.metadata.table import as_text


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", " 2 ", ""], "number", [1, 2, None]),
        (["1.5", "2", "n/a"], "number", [1.5, 2.0, None]),
        (["1,5", "2"], "number", [1.5, 2.0]),
        (["+3", "-4"], "number", [3, -4]),
        (["1e-05", "2"], "number", [1e-05, 2.0]),
        (["007", "8"], "text", ["007", "8"]),
        (["1e5", "2"], "text", ["1e5", "2"]),
        (["12345678901234567890"], "text", ["12345678901234567890"]),
        (["inf", "nan"], "text", ["inf", "nan"]),
        (["2024-05-01", "2024-5-2"], "date", [date(2024, 5, 1), date(2024, 5, 2)]),
        (["2024-05-01 00:00:00", None], "date", [date(2024, 5, 1), None]),
        (["2024:05:01 08:30:00"], "date", [datetime(2024, 5, 1, 8, 30)]),
        (["2024-05-01T08:30:10.5Z"], "date", [datetime(2024, 5, 1, 8, 30, 10)]),
        (["31/12/2024", "1/2/2024"], "date", [date(2024, 12, 31), date(2024, 2, 1)]),
        (["12/31/2024", "1/2/2024"], "date", [date(2024, 12, 31), date(2024, 1, 2)]),
        (["3.4.2024"], "date", [date(2024, 4, 3)]),
        (["3/4/2024"], "text", ["3/4/2024"]),
        (["2024-02-31"], "text", ["2024-02-31"]),
        (["2024-05-01T08:30Z", "2024-05-01T08:30+02:00"], "text", None),
        (["2024-05-01 25:00"], "text", ["2024-05-01 25:00"]),
        (["red", "red", "blue", "blue"], "category", ["red", "red", "blue", "blue"]),
        (["red", "blue"], "text", ["red", "blue"]),
        (["none", "none", "NA", "NA"], "category", ["none", "none", "NA", "NA"]),
        (["-"], "text", ["-"]),
        ([None, " "], "text", [None, None]),
    ],
)
def test_kinds(cells: list[str | None], kind: str, values: list[object] | None) -> None:
    found_kind, column = typed(pl.Series(cells, dtype=pl.String))
    assert (found_kind, column.to_list()) == (kind, cells if values is None else values)


def test_many_values_or_long_ones_are_texts() -> None:
    many = [f"name {n}" for n in range(MOST_VALUES + 1)] * 2
    assert typed(pl.Series(many))[0] == "text"
    assert typed(pl.Series(many[:100] * 2))[0] == "category"
    assert typed(pl.Series(["a long sentence " * 10] * 9))[0] == "text"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6))
def test_no_text_is_lost(cells: list[str]) -> None:
    kind, column = typed(pl.Series(cells, dtype=pl.String))
    assert len(column) == len(cells)
    if kind in ("text", "category"):
        stripped = pl.Series(cells, dtype=pl.String).str.strip_chars().to_list()
        assert [cell or "" for cell in column.to_list()] == stripped


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1))
def test_whole_numbers_come_back_as_they_were_written(numbers: list[int]) -> None:
    kind, column = typed(pl.Series([str(number) for number in numbers]))
    assert kind == "number"
    assert [as_text(cell) for cell in column.to_list()] == [str(number) for number in numbers]
