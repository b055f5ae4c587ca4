"""Rows on disk read as the array in memory would."""

from __future__ import annotations

import numpy as np
import pytest

from core.runtime import rows
from core.runtime.rows import StoredRows, rows_of


@pytest.fixture(params=["as they lie", "mixed"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """Stored rows of three shards, and the array that they stand for."""
    monkeypatch.setattr(rows, "BLOCK", 7)
    rng = np.random.default_rng(0)
    shards = [rng.normal(size=(n, 6)).astype(np.float16) for n in (9, 5, 16)]
    places = np.arange(2, 28) if request.param == "as they lie" else rng.permutation(30)[:25]
    return StoredRows(shards, places), np.concatenate(shards)[places].astype(np.float32)


def test_any_index_gives_what_the_array_gives(both) -> None:
    stored, array = both
    assert stored.shape == array.shape and len(stored) == len(array)
    mask = np.arange(len(array)) % 3 == 0
    for index in (0, -1, slice(None), slice(3, 17), slice(None, None, 5), [4, 4, 1], mask):
        wanted = np.array(index) if isinstance(index, list) else index
        got = stored[wanted]
        np.testing.assert_array_equal(got, array[wanted])
        assert got.dtype == np.float32
    assert stored[np.array([], dtype=np.int64)].shape == (0, 6)
    np.testing.assert_array_equal(np.asarray(stored), array)


def test_products_and_means_go_block_by_block(both) -> None:
    stored, array = both
    matrix = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    np.testing.assert_allclose(stored @ matrix, array @ matrix, atol=1e-5)
    np.testing.assert_allclose(stored @ matrix[:, 0], array @ matrix[:, 0], atol=1e-5)
    np.testing.assert_allclose(stored.mean(axis=0), array.mean(axis=0, dtype=np.float64))
    blocks = list(stored.numbered(7))
    assert [start for start, _ in blocks] == list(range(0, len(array), 7))
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), array)
    with pytest.raises(ValueError, match="all rows"):
        stored.mean(axis=1)


def test_a_part_is_scaled_to_length_one(both) -> None:
    stored, array = both
    part = StoredRows(stored._shards, stored._places, slice(2, 5), unit=True)
    expected = array[:, 2:5] / np.linalg.norm(array[:, 2:5], axis=1, keepdims=True)
    assert part.shape == expected.shape
    np.testing.assert_allclose(part[:], expected, rtol=1e-6)
    np.testing.assert_allclose(part[3], expected[3], rtol=1e-6)


def test_some_rows_stay_on_disk(both) -> None:
    stored, array = both
    some = np.array([7, 3, 3])
    assert isinstance(rows_of(stored, some), StoredRows)
    np.testing.assert_array_equal(rows_of(stored, some)[:], rows_of(array, some))
