"""Very many vectors are not verified again on each opening, and damage is seen all the same."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from core.store import vectors
from core.store.vectors import VectorStore

IDS = [f"{n:032x}" for n in range(1, 21)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of which any number of rows counts as very many."""
    rows = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float16)
    VectorStore(tmp_path, 8, writable=True, rows_per_shard=8).append(IDS, rows)
    monkeypatch.setattr(vectors, "MANY", 10)
    return tmp_path


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The shards that are verified from now on."""
    seen: list[int] = []
    verify = VectorStore._wrong

    def wrong(self: VectorStore, shard: int, records: np.ndarray) -> list[int]:
        seen.append(shard)
        return verify(self, shard, records)

    monkeypatch.setattr(VectorStore, "_wrong", wrong)
    return seen


def damage(folder: Path, shard: int, row: int) -> None:
    with (folder / f"{shard:05d}.f16").open("r+b") as file:
        file.seek(row * 16)
        file.write(b"\xff\x00\xff")


def test_what_was_verified_is_not_verified_again(folder: Path, looks: list[int]) -> None:
    assert VectorStore.peek(folder).ids == IDS
    assert looks == [0, 1, 2]
    assert VectorStore.peek(folder).ids == IDS
    assert looks == [0, 1, 2]


def test_damage_is_seen_and_remembered(folder: Path, looks: list[int]) -> None:
    VectorStore.peek(folder)
    damage(folder, 1, 3)
    del looks[:]
    for expected in ([1], [1]):  # seen once, remembered then
        store = VectorStore.peek(folder)
        assert looks == expected
        assert store.dropped == 1 and list(store.ids) == [*IDS[:11], *IDS[12:]]


def test_what_is_appended_is_verified(folder: Path, looks: list[int]) -> None:
    VectorStore.peek(folder)
    more = np.ones((1, 8), np.float16)
    VectorStore(folder, 8, writable=True, rows_per_shard=8).append(["ab" * 16], more)
    del looks[:]
    assert "ab" * 16 in VectorStore.peek(folder)
    assert looks == [2]


def test_whoever_writes_verifies_everything(folder: Path, looks: list[int]) -> None:
    VectorStore.peek(folder)
    del looks[:]
    VectorStore(folder, 8, writable=True, rows_per_shard=8)
    assert looks == [0, 1, 2]


def test_a_note_that_is_old_damaged_or_of_other_files_counts_as_none(
    folder: Path, looks: list[int]
) -> None:
    VectorStore.peek(folder)
    notes = sorted(folder.glob("*.verified.json"))
    content = json.loads(notes[0].read_text())
    notes[0].write_text(json.dumps(content | {"time": content["time"] - 31 * 86_400}))
    notes[1].write_text(json.dumps(content))
    notes[2].write_text("{")
    del looks[:]
    assert VectorStore.peek(folder).ids == IDS
    assert looks == [0, 1, 2]


def test_a_copy_of_the_files_is_verified_for_itself(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, looks: list[int]
) -> None:
    VectorStore.peek(folder)
    del looks[:]
    copy = tmp_path_factory.mktemp("copy")
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    VectorStore.peek(copy)
    assert looks == [0, 1, 2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_note_is_read_all_the_same(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert VectorStore.peek(folder).ids == IDS
    finally:
        folder.chmod(0o700)


def test_few_vectors_are_verified_each_time(
    folder: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MANY", 20)
    for _ in range(2):
        VectorStore.peek(folder)
    assert looks == [0, 1, 2] * 2 and not list(folder.glob("*.verified.json"))
