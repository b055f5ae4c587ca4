"""Where the first right answer stands, equal scores included."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.tuning import ranks
from core.learn.tuning.ranks import MEASURES, outcomes
from core.search.retrieval import expected, first_right


def by_hand(queries, candidates, query, candidate) -> np.ndarray:
    result = []
    for number, row in enumerate(queries @ candidates.T):
        right = set(candidate[query == number].tolist())
        best = max(row[c] for c in right)
        rank = 1 + sum(row[c] > best for c in range(len(row)) if c not in right)
        result.append([rank <= 1, rank <= 5, rank <= 10, 1 / rank])
    return np.array(result, dtype=float)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, ...]:
    monkeypatch.setattr(ranks, "_CELLS_AT_ONCE", 100)  # several blocks
    random = np.random.default_rng(1)
    queries, candidates = random.normal(size=(40, 6)), random.normal(size=(30, 6))
    pairs = {(q, int(random.integers(30))) for q in range(40) for _ in range(3)}
    query, candidate = np.array(sorted(pairs)).T
    return queries.astype(np.float32), candidates.astype(np.float32), query, candidate


def test_ranks_are_those_counted_by_hand(scene) -> None:
    assert np.allclose(outcomes(*scene), by_hand(*scene))
    assert len(MEASURES) == outcomes(*scene).shape[1]


def test_the_order_of_pairs_means_nothing(scene) -> None:
    queries, candidates, query, candidate = scene
    order = np.random.default_rng(2).permutation(len(query))
    again = outcomes(queries, candidates, query[order], candidate[order])
    assert np.array_equal(again, outcomes(*scene))


def test_without_equal_scores_it_is_what_the_captions_view_shows(scene) -> None:
    queries, candidates = scene[0][:30], scene[1]
    own = np.arange(30)
    shown = [expected(*row)[1] for row in first_right(queries, candidates, own, own).tolist()]
    assert np.allclose(outcomes(queries, candidates, own, own)[:, 3], shown)


def test_a_query_that_tells_nothing_apart_stands_in_the_middle() -> None:
    own = np.arange(9)
    same = np.ones((9, 2), dtype=np.float32)
    assert np.allclose(outcomes(same, same, own, own)[:, 3], 1 / 5)
