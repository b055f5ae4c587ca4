"""The distilled head: it learns what neighbours know, and stays with what people said."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.sorter.distilling import distil, student


def _moons(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes, each of several clumps, in 24 directions; few labels meet few clumps."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(6, 24))
    clump = chance.integers(0, 6, count)
    vectors = centres[clump] + 0.6 * chance.normal(size=(count, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), clump % 2


def test_it_agrees_more_with_the_collection_than_the_plain_model() -> None:
    vectors, truth = _moons(1200, 0)
    logits = np.zeros((1200, 2), np.float32)
    model = Learner(vectors, logits, graph=knn_graph(vectors))
    rows = np.arange(24)
    fitted = model.fit(rows, truth[rows])
    made = distil(fitted.model, vectors, logits, fitted.probabilities, rows, truth[rows])
    assert made.better and made.agreement > made.plain_agreement
    fresh, expected = _moons(2000, 7)
    nothing = np.zeros((2000, 2), np.float32)
    own = (fitted.model.predict(fresh, nothing).argmax(axis=1) == expected).mean()
    assert (made.model.predict(fresh, nothing).argmax(axis=1) == expected).mean() > own + 0.02


def test_it_is_a_model_like_any_other_and_the_same_every_time() -> None:
    vectors, truth = _moons(300, 2)
    logits = np.stack([0.3 * vectors[:, 0], -vectors[:, 1]], axis=1).astype(np.float32)
    rows = np.arange(0, 300, 10)
    fitted = Learner(vectors, logits).fit(rows, truth[rows])
    made = [
        distil(fitted.model, vectors, logits, fitted.probabilities, rows, truth[rows])
        for _ in range(2)
    ]
    assert (made[0].model.slopes == made[1].model.slopes).all()
    alone = student(vectors, fitted.probabilities, rows, truth[rows], made[0].precision)
    assert np.allclose(
        alone.predict(vectors, logits), made[0].model.predict(vectors, logits), atol=1e-4
    )
    said = made[0].model.predict(vectors, logits)
    assert said.shape == (300, 2) and np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert made[0].model.trusts.tolist() == [0.0]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_smallest_collections(count: int) -> None:
    """Fewer images than are kept aside: there is nothing to choose by, and nothing breaks."""
    vectors, truth = _moons(count, 3)
    logits = np.zeros((count, 2), np.float32)
    rows = np.arange(count)
    fitted = Learner(vectors, logits).fit(rows, truth)
    made = distil(fitted.model, vectors, logits, fitted.probabilities, rows, truth)
    assert np.isfinite(made.model.predict(vectors, logits)).all()
