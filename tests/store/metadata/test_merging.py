"""Columns that come to those that are there: what is replaced, what stays, and its kind."""

from __future__ import annotations

import polars as pl
import pytest

from core.runtime.errors import WinnowError
from core.store.metadata import merging
from core.store.metadata.kinds import typed
from core.store.metadata.merging import merged
from core.store.metadata.table import EMPTY, MetadataTable

A, B, C = "a" * 32, "b" * 32, "c" * 32
Rows = dict[str, dict[str, str]]


def add(present: MetadataTable, rows: Rows) -> MetadataTable:
    """Merge rows by image id, each a dict of column → text."""
    names = dict.fromkeys(name for row in rows.values() for name in row)
    cells, kinds = {}, {}
    for name in names:
        texts = pl.Series([row.get(name) for row in rows.values()], dtype=pl.String)
        kinds[name], cells[name] = typed(texts)
    return merged(present, list(rows), cells, kinds)


def test_new_columns_and_images_come_to_the_others() -> None:
    one = add(EMPTY, {A: {"title": "red"}, B: {"title": "blue"}})
    two = add(one, {B: {"price": "3"}, C: {"price": "4"}})
    assert two.names == ("title", "price")
    assert two.column("title", [A, B, C]) == ["red", "blue", None]
    assert two.column("price", [A, B, C]) == [None, 3, 4]


def test_cells_of_named_images_are_replaced_and_others_stay() -> None:
    one = add(EMPTY, {A: {"price": "1"}, B: {"price": "2"}})
    two = add(one, {B: {"PRICE": "5"}, C: {"PRICE": "6"}})
    assert two.names == ("price",), "people read both as one name"
    assert two.column("price", [A, B, C]) == [1, 5, 6]
    three = add(two, {A: {"price": ""}, B: {"price": "7"}})
    assert three.column("price", [A, B, C]) == [None, 7, 6], "an empty cell replaces too"
    assert one.column("price", [A, B]) == [1, 2], "what was there is not changed"


def test_kinds_that_differ_are_found_anew() -> None:
    one = add(EMPTY, {A: {"x": "1"}, B: {"x": "2"}})
    mixed = add(one, {B: {"x": "two"}})
    assert (mixed.kinds["x"], mixed.column("x", [A, B])) == ("text", ["1", "two"])
    decimal = add(one, {B: {"x": "2.5"}})
    assert (decimal.kinds["x"], decimal.column("x", [A, B])) == ("number", [1.0, 2.5])
    whole = add(one, {A: {"x": "one"}, B: {"x": "two"}})
    assert whole.column("x", [A, B]) == ["one", "two"]


def test_more_columns_than_a_workspace_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MOST_COLUMNS", 2)
    one = add(EMPTY, {A: {"a": "1", "b": "2"}})
    with pytest.raises(WinnowError, match="would have 3 columns, more than 2"):
        add(one, {A: {"c": "1"}})
