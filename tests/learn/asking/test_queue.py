"""What is asked next: valid rows always, useful rows first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.asking.queue import next_batch
from core.learn.strategies import STRATEGIES


def _pool(n=200, classes=4, dimensions=8, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=n).astype(np.float32)
    vectors = rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return probabilities, vectors.astype(np.float32)


@given(
    st.sampled_from(list(STRATEGIES)),
    st.integers(1, 60),
    st.integers(1, 5),
    st.integers(0, 30),
    st.integers(0, 80),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=120, deadline=None)
def test_batches_are_valid_and_repeatable(kind, n, classes, labels, size, counted, seed):
    probabilities, vectors = _pool(n, classes, seed=seed)
    rng = np.random.default_rng(seed)
    labeled = rng.integers(n, size=labels)
    available = rng.integers(n, size=rng.integers(0, 2 * n))
    counts = rng.integers(4, size=classes) if counted else None
    batch = next_batch(probabilities, vectors, labeled, available, size, kind, seed, counts=counts)
    allowed = set(available.tolist()) - set(labeled.tolist())
    assert len(batch) == min(size, len(allowed))
    assert len(set(batch.tolist())) == len(batch)
    assert set(batch.tolist()) <= allowed
    again = next_batch(
        probabilities, vectors, labeled, available[::-1], size, kind, seed, counts=counts
    )
    assert np.array_equal(batch, again)


def test_missing_classes_get_their_best_hits_first():
    probabilities, vectors = _pool(n=100, classes=4)
    scores = np.random.default_rng(9).normal(size=(100, 4))
    counts = np.array([5, 1, 0, 2])
    for kind in ("uherding", "margin", "entropy"):
        batch = next_batch(
            probabilities, vectors, np.arange(0), np.arange(100), 10, kind, 0, scores, counts
        )
        assert batch[0] == scores[:, 2].argmax() and batch[1] == scores[:, 1].argmax()
        plain = next_batch(probabilities, vectors, np.arange(0), np.arange(100), 10, kind, 0)
        assert not np.array_equal(batch, plain)


def test_at_most_three_places_in_ten_are_reserved():
    probabilities, vectors = _pool(n=100, classes=10)
    scores = np.eye(100, 10)[:, ::-1]  # the top hit of class c is row 9 - c
    counts = np.zeros(10, dtype=int)
    probabilities[:10] = np.eye(10)[:, ::-1]  # certain, so margin would never choose them
    batch = next_batch(
        probabilities, vectors, np.arange(0), np.arange(100), 10, "margin", 0, scores, counts
    )
    assert (batch < 10).sum() == 3


def test_bad_input_is_refused():
    probabilities, vectors = _pool(n=10)
    with pytest.raises(ValueError, match="equal N"):
        next_batch(probabilities[:5], vectors, np.arange(0), np.arange(5), 1)
    with pytest.raises(ValueError, match="negative"):
        next_batch(probabilities, vectors, np.arange(0), np.arange(5), -1)
    with pytest.raises(ValueError, match="kind"):
        next_batch(probabilities, vectors, np.arange(0), np.arange(5), 1, "nearest")
    with pytest.raises(ValueError, match="counts"):
        next_batch(
            probabilities, vectors, np.arange(0), np.arange(5), 5, counts=np.zeros(7, dtype=int)
        )
