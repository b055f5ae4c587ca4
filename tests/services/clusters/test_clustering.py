"""Clusters that are kept: the same again, never those of other images, never a damaged file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.learn.groups.clusters import Clusters
from core.project.derived import Derived
from core.project.pool import Pool
from core.services.clusters.clustering import partition


def pool(count: int, first: int = 0) -> Pool:
    vectors = np.random.default_rng(first).normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"{first + row:032x}" for row in range(count)]
    places = np.arange(count, dtype=np.int64)
    rows = {image_id: row for row, image_id in enumerate(ids)}
    return Pool(ids, [[] for _ in ids], "1", "encoder", [vectors], places, rows)


def same(a: Clusters, b: Clusters) -> bool:
    names = ("assignment", "centres", "medoids", "sizes")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


def files(cache: Path) -> list[Path]:
    return sorted((cache / "clusters").iterdir())


def test_they_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = partition(Derived(tmp_path), pool(60), 4)
    monkeypatch.setattr(
        "core.services.clusters.clustering.kmeans_of", lambda *_: pytest.fail("found again")
    )
    assert same(partition(Derived(tmp_path), pool(60), 4), found)


def test_other_images_and_numbers_have_their_own(tmp_path: Path) -> None:
    first = partition(Derived(tmp_path), pool(60), 4)
    assert len(partition(Derived(tmp_path), pool(60), 5).sizes) == 5
    assert not same(partition(Derived(tmp_path), pool(60, first=100), 4), first)
    assert len(files(tmp_path)) == 3


@pytest.mark.parametrize("damage", [b"", b"PK", b"x" * 100])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    found = partition(Derived(tmp_path), pool(60), 4)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage or whole[: len(whole) // 2])
    assert same(partition(Derived(tmp_path), pool(60), 4), found)
    assert file.read_bytes() == whole


def test_a_file_that_does_not_fit_is_not_believed(tmp_path: Path) -> None:
    found = partition(Derived(tmp_path), pool(60), 4)
    (file,) = files(tmp_path)
    wrong = found.assignment.copy()
    wrong[0] = 99
    np.savez(
        file, assignment=wrong, centres=found.centres, medoids=found.medoids, sizes=found.sizes
    )
    assert same(partition(Derived(tmp_path), pool(60), 4), found)
