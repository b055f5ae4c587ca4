"""Tag columns on disk and the yes and no of people."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.store.labels.tags import TagEvent, TagLabelStore
from core.tags import columns
from core.tags.columns import Column, TagTable, column_key

IDS = [f"{i:032x}" for i in range(10)]
COLUMN = Column(np.arange(3.0), np.arange(8, dtype=np.float32) / 7)


def test_a_column_comes_back_bit_for_bit(tmp_path: Path) -> None:
    table = TagTable(tmp_path, IDS)
    assert table.read("k") is None
    table.write("k", COLUMN)
    found = TagTable(tmp_path, [*IDS, "more"]).read("k")
    assert found is not None
    assert found.values.tobytes() == COLUMN.values.tobytes()
    assert found.direction.tobytes() == COLUMN.direction.tobytes()


def test_other_images_in_front_empty_a_column_but_keep_its_direction(tmp_path: Path) -> None:
    TagTable(tmp_path, IDS).write("k", COLUMN)
    for ids in (IDS[::-1], IDS[:5], []):
        found = TagTable(tmp_path, ids).read("k")
        assert found is not None
        assert len(found.values) == 0
        np.testing.assert_array_equal(found.direction, COLUMN.direction)


def test_damage_of_any_byte_is_noticed(tmp_path: Path) -> None:
    table = TagTable(tmp_path, IDS)
    table.write("k", COLUMN)
    path = tmp_path / "k.col"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = table.read("k")
        assert found is None or len(found.values) == 0
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


def test_answers_count_as_labels_do(tmp_path: Path) -> None:
    store = TagLabelStore(tmp_path / "labels.sqlite")
    store.add([TagEvent("i", "cat", True), TagEvent("j", "cat", False)], "ann", "test")
    before = store.version()
    batch = store.add([TagEvent("i", "cat", False), TagEvent("i", "dog", True)], "ann", "test")
    assert store.current() == {"cat": {"i": False, "j": False}, "dog": {"i": True}}
    store.add([TagEvent("j", "cat", True)], "bob", "test")  # a tie: the later one counts
    assert store.current()["cat"]["j"] is True
    store.add([TagEvent("j", "cat", None)], "bob", "test")
    assert store.current()["cat"]["j"] is False
    assert store.last_batch("ann") == batch
    assert sorted(store.undo(batch, "ann")) == ["i", "i"]
    assert store.undo(batch, "ann") == []
    assert TagLabelStore(tmp_path / "labels.sqlite").current() == {"cat": {"i": True, "j": False}}
    assert store.version() != before


def test_sending_again_stores_once_and_classes_stay_apart(tmp_path: Path) -> None:
    from core.store.labels.sqlite import LabelStore

    classes = LabelStore(tmp_path / "labels.sqlite")
    store = TagLabelStore(tmp_path / "labels.sqlite")
    for _ in range(3):
        store.add([TagEvent("i", "cat", True)], "ann", "test", client="browser", first_seq=7)
    assert store.version() == (1, 0)
    assert classes.classes() == {}
