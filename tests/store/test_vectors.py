"""The vector store: what is appended comes back, whatever a crash leaves behind."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.store.vectors import RECORD, VectorStore

DIM = 8


def ids(count: int, start: int = 0) -> list[str]:
    # Ids that end in zero bytes are the ones a careless fixed-width text type would lose.
    return [f"{i + 1:08x}".ljust(32, "0") for i in range(start, start + count)]


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float16)


def test_appended_vectors_come_back(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, DIM, writable=True)
    store.append(ids(5), rows(5))
    again = VectorStore(tmp_path, DIM)
    assert again.ids == ids(5)
    np.testing.assert_array_equal(again.get(ids(5)[::-1]), rows(5)[::-1].astype(np.float32))


def test_shards_are_begun_when_full_and_read_across(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, DIM, writable=True, rows_per_shard=4)
    store.append(ids(3), rows(3, 1))
    store.append(ids(8, 3), rows(8, 2))
    assert len(list(tmp_path.glob("*.idx"))) == 3
    again = VectorStore(tmp_path, DIM, rows_per_shard=4)
    expected = np.concatenate([rows(3, 1), rows(8, 2)]).astype(np.float32)
    np.testing.assert_array_equal(again.get(ids(11)), expected)


def test_known_ids_are_not_stored_twice(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, DIM, writable=True)
    store.append(ids(3), rows(3, 1))
    store.append([*ids(3), *ids(2, 3), *ids(2, 3)], rows(7, 2))
    assert store.ids == ids(5)
    np.testing.assert_array_equal(store.get(ids(3)), rows(3, 1).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), which=st.sampled_from(["f16", "idx"]), data=st.data())
def test_any_cut_leaves_a_prefix_and_can_be_continued(
    tmp_path_factory: pytest.TempPathFactory, cut: int, which: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    VectorStore(folder, DIM, writable=True).append(ids(20), rows(20))
    path = folder / f"00000.{which}"
    os.truncate(path, min(cut, path.stat().st_size))
    reader = VectorStore(folder, DIM)
    left = len(reader)
    assert list(reader.ids) == ids(left)
    np.testing.assert_array_equal(reader.get(ids(left)), rows(20)[:left].astype(np.float32))
    writer = VectorStore(folder, DIM, writable=True)
    writer.append(ids(20), rows(20))
    again = VectorStore(folder, DIM)
    np.testing.assert_array_equal(again.get(ids(20)), rows(20).astype(np.float32))


def damage(folder: Path, row: int, shard: int = 0) -> None:
    with (folder / f"{shard:05d}.f16").open("r+b") as file:
        file.seek(row * DIM * 2)
        file.write(b"\xff\x00\xff")


def test_damaged_last_rows_are_cut_off(tmp_path: Path) -> None:
    VectorStore(tmp_path, DIM, writable=True).append(ids(6), rows(6))
    damage(tmp_path, 4)
    damage(tmp_path, 5)
    store = VectorStore(tmp_path, DIM, writable=True)
    assert list(store.ids) == ids(4)
    assert store.dropped == 2
    assert (tmp_path / "00000.idx").stat().st_size == 4 * RECORD.itemsize


@settings(max_examples=15, deadline=None)
@given(bad=st.sets(st.integers(0, 19), min_size=1, max_size=19))
def test_damage_anywhere_costs_the_damaged_rows_only(
    tmp_path_factory: pytest.TempPathFactory, bad: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    VectorStore(folder, DIM, writable=True, rows_per_shard=7).append(ids(20), rows(20))
    for row in bad:
        damage(folder, row % 7, row // 7)
    good = [image_id for row, image_id in enumerate(ids(20)) if row not in bad]
    reader = VectorStore.peek(folder)
    assert set(reader.ids) == set(good)
    assert reader.dropped == len(bad)
    writer = VectorStore(folder, DIM, writable=True, rows_per_shard=7)
    writer.append(ids(20), rows(20))
    for again in (writer, VectorStore(folder, DIM), VectorStore.peek(folder)):
        np.testing.assert_array_equal(again.get(ids(20)), rows(20).astype(np.float32))


@pytest.mark.parametrize("suffix", ["f16", "idx"])
def test_a_lost_shard_costs_its_rows_only(tmp_path: Path, suffix: str) -> None:
    VectorStore(tmp_path, DIM, writable=True, rows_per_shard=4).append(ids(10), rows(10))
    (tmp_path / f"00001.{suffix}").unlink()
    store = VectorStore(tmp_path, DIM, writable=True, rows_per_shard=4)
    assert list(store.ids) == ids(4) + ids(2, 8)
    store.append(ids(10), rows(10))
    again = VectorStore(tmp_path, DIM)
    np.testing.assert_array_equal(again.get(ids(10)), rows(10).astype(np.float32))


def test_records_hold_the_checksum_of_their_row(tmp_path: Path) -> None:
    VectorStore(tmp_path, DIM, writable=True).append(ids(2), rows(2))
    records = np.fromfile(tmp_path / "00000.idx", dtype=RECORD)
    assert [int(r["crc"]) for r in records] == [zlib.crc32(r.tobytes()) for r in rows(2)]


def test_wrong_shapes_and_values_are_refused(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, DIM, writable=True)
    with pytest.raises(ValueError, match="expected"):
        store.append(ids(2), rows(3))
    with pytest.raises(ValueError, match="finite"):
        store.append(ids(1), np.full((1, DIM), np.nan))
    assert len(VectorStore(tmp_path, DIM)) == 0


def test_another_length_is_said_clearly(tmp_path: Path) -> None:
    VectorStore(tmp_path, DIM, writable=True).append(ids(1), rows(1))
    with pytest.raises(WinnowError, match="length 8, the encoder makes 9"):
        VectorStore(tmp_path, DIM + 1)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(WinnowError, match="damaged"):
        VectorStore(tmp_path, DIM)


def test_a_failed_write_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = VectorStore(tmp_path, DIM, writable=True)
    store.append(ids(3), rows(3))
    real, calls = os.write, []

    def full(descriptor: int, data: bytes) -> int:
        calls.append(1)
        if len(calls) == 2:  # the rows fit, their index does not
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(WinnowError, match="full"):
        store.append(ids(2, 3), rows(2))
    monkeypatch.undo()
    assert store.ids == ids(3)
    store.append(ids(2, 3), rows(2))
    assert VectorStore(tmp_path, DIM).ids == ids(5)
