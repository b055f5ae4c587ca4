"""Exact search against a plain sort, for whole arrays, halves, blocks and filters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.search.exact import best, products, take, top


def unit(count: int, dim: int, seed: int, copies: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    rows = random.standard_normal((count, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    if copies and count:
        rows[random.integers(0, count, copies)] = rows[0]
    return rows


def expected(vectors: np.ndarray, query: np.ndarray, k: int, keep: np.ndarray | None):
    scores = products(vectors, query)
    rows = np.arange(len(vectors)) if keep is None else np.flatnonzero(keep)
    order = np.lexsort((rows, -scores[rows]))[:k]
    return rows[order], scores[rows[order]]


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(1, 300),
    dim=st.sampled_from([1, 3, 8, 33]),
    k=st.integers(1, 320),
    blocks=st.integers(1, 5),
    half=st.booleans(),
    filtered=st.sampled_from([None, 0.9, 0.3, 0.02]),
    seed=st.integers(0, 10_000),
)
def test_equals_a_plain_sort(count, dim, k, blocks, half, filtered, seed) -> None:
    vectors = unit(count, dim, seed, copies=count // 4)
    if half:
        vectors = vectors.astype(np.float16)
    random = np.random.default_rng(seed)
    query = random.standard_normal(dim).astype(np.float32) * random.choice([1e-3, 1, 50])
    keep = None if filtered is None else random.random(count) < filtered
    rows, scores = expected(vectors, query, k, keep)
    cuts = np.sort(random.integers(0, count + 1, blocks - 1))
    hits = top(np.split(vectors, cuts), query, k, keep)
    # The order of summation differs by block, so rows of nearly the same score may change places.
    np.testing.assert_allclose(
        hits.scores, scores, rtol=1e-4, atol=1e-6 * np.abs(query).max() * dim
    )
    assert len(set(hits.rows.tolist())) == len(rows)
    assert keep is None or keep[hits.rows].all()
    np.testing.assert_allclose(
        products(vectors, query)[hits.rows], hits.scores, rtol=1e-4, atol=1e-5
    )


def test_equal_vectors_come_in_the_order_of_their_rows() -> None:
    vectors = np.tile(unit(1, 16, 0), (50, 1)).astype(np.float16)
    hits = top([vectors[:20], vectors[20:]], vectors[0].astype(np.float32), 7)
    assert hits.rows.tolist() == list(range(7))
    assert top([vectors], np.zeros(16, np.float32), 3).rows.tolist() == [0, 1, 2]


def test_halves_that_round_to_one_value_are_told_apart() -> None:
    """The rough pass cannot order these; the exact one must."""
    base = unit(1, 512, 3)[0]
    random = np.random.default_rng(4)
    vectors = (base + 3e-3 * random.standard_normal((2_000, 512))).astype(np.float16)
    vectors = (vectors / np.linalg.norm(vectors.astype(np.float32), axis=1)[:, None]).astype("f2")
    query = base + 1e-3 * random.standard_normal(512).astype(np.float32)
    truth = np.argsort(-(vectors.astype(np.float64) @ query.astype(np.float64)))[:10]
    assert top([vectors], query, 10).rows.tolist() == truth.tolist()


def test_read_only_maps_are_searched(tmp_path) -> None:
    unit(500, 32, 1).astype("<f2").tofile(tmp_path / "x.f16")
    block = np.memmap(tmp_path / "x.f16", dtype="<f2", mode="r", shape=(500, 32))
    hits = top([block], block[123].astype(np.float32), 3)
    assert hits.rows[0] == 123
    assert hits.scores[0] == pytest.approx(1, abs=2e-3)


def test_nothing_to_find() -> None:
    vectors = unit(5, 4, 0)
    assert len(top([vectors], vectors[0], 3, np.zeros(5, bool))) == 0
    assert len(top([vectors[:0]], vectors[0], 3)) == 0
    assert len(top([vectors], vectors[0], 0)) == 0


def test_best_is_deterministic_whatever_the_order() -> None:
    rows, scores = np.array([9, 2, 7, 4]), np.array([0.5, 0.5, 0.9, 0.5], np.float32)
    assert best(rows, scores, 3).rows.tolist() == [7, 2, 4]
    assert best(rows[::-1], scores[::-1], 3).rows.tolist() == [7, 2, 4]


def test_take_reads_rows_of_several_blocks() -> None:
    vectors = unit(10, 3, 0)
    rows = np.array([9, 0, 5, 5])
    assert np.array_equal(take([vectors[:4], vectors[4:]], rows), vectors[rows])
