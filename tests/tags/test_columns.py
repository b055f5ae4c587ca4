"""Tag columns on disk: bit for bit, or computed again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.tags import columns
from core.tags.columns import Column, TagTable, column_key

IDS = [f"{i:032x}" for i in range(10)]
COLUMN = Column(np.arange(3.0), np.arange(8, dtype=np.float32) / 7)


def test_a_column_comes_back_bit_for_bit(tmp_path: Path) -> None:
    table = TagTable(tmp_path, IDS)
    assert table.read("k") is None
    table.write("k", COLUMN)
    column = TagTable(tmp_path, [*IDS, "more"]).read("k")
    assert column is not None
    assert column.values.tobytes() == COLUMN.values.tobytes()
    assert column.direction.tobytes() == COLUMN.direction.tobytes()


def test_other_images_in_front_empty_a_column_but_keep_its_direction(tmp_path: Path) -> None:
    TagTable(tmp_path, IDS).write("k", COLUMN)
    for ids in (IDS[::-1], IDS[:5], []):
        column = TagTable(tmp_path, ids).read("k")
        assert column is not None
        assert len(column.values) == 0
        np.testing.assert_array_equal(column.direction, COLUMN.direction)


def test_damage_of_any_byte_is_noticed(tmp_path: Path) -> None:
    table = TagTable(tmp_path, IDS)
    table.write("k", COLUMN)
    path = tmp_path / "k.col"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        column = table.read("k")
        assert column is None or len(column.values) == 0
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert table.read("k") is None


def test_keys_differ_with_every_part() -> None:
    keys = [
        column_key("a", ("b", "c"), ()),
        column_key("a", ("b",), ("c",)),
        column_key("a", ("bc",), ()),
        column_key("ab", ("c",), ()),
        column_key("a", (), ("b", "c")),
    ]
    assert len(set(keys)) == len(keys)


def test_old_columns_are_removed_but_not_those_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "MAX_COLUMNS", 3)
    table = TagTable(tmp_path, IDS)
    for number in range(6):
        table.write(f"k{number}", COLUMN)
        os.utime(tmp_path / f"k{number}.col", (number, number))
    assert table.prune(["k0"]) == 3
    assert sorted(p.stem for p in tmp_path.glob("*.col")) == ["k0", "k4", "k5"]
