"""Fields of deliveries: typed, required, and matched to images by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.services.deliveries.field_table import FieldTable
from core.services.deliveries.fields import Fields, fill, from_pairs, names_of


def table(rows: dict[str, dict[str, str]]) -> FieldTable:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    return FieldTable(columns, rows, {path: line for line, path in enumerate(rows, 2)})


def test_pairs() -> None:
    assert from_pairs(["vendor=ACME = co", " sku = 7"]) == {"vendor": "ACME = co", "sku": "7"}


@pytest.mark.parametrize("pairs", [["vendor"], ["=x"], ["a="], ["a=1", "A=2"], ["a" * 200 + "=1"]])
def test_pairs_that_are_none(pairs: list[str]) -> None:
    with pytest.raises(WinnowError):
        from_pairs(pairs)


def test_required_names() -> None:
    assert names_of(" vendor, sku,,Vendor ") == ["vendor", "sku"]


def test_single_images_go_before_the_whole_and_names_are_one_spelling() -> None:
    fields = Fields({"vendor": "all"}, ("Vendor",), table({"b.jpg": {"VENDOR": "own"}}))
    filled = fill(fields, ["a.jpg", "b.jpg"], Path("/x"))
    assert filled.values == [{"Vendor": "all"}, {"Vendor": "own"}]
    assert filled.missing == [[], []]


def test_paths_of_other_programs() -> None:
    rows = {"A\\B.jpg": {"sku": "1"}, "a/b.jpg": {"sku": "2"}, "/x/del/c.jpg": {"sku": "3"}}
    filled = fill(Fields({}, (), table(rows)), ["a/b.jpg", "c.jpg"], Path("/x/del"))
    assert filled.values[1] == {"sku": "3"}
    assert [row.path for row in filled.rejected] == ["a/b.jpg"]  # the image has a row already


def test_a_row_that_fits_two_images_is_listed() -> None:
    filled = fill(Fields({}, (), table({"A.JPG": {"sku": "1"}})), ["a.jpg", "a.JPG"], Path("/x"))
    assert filled.values == [{}, {}] and len(filled.rejected) == 1
