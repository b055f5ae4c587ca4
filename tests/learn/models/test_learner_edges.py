"""Learners at the edge: labels that contradict each other, and two hundred classes."""

from __future__ import annotations

import numpy as np
from clouds import clouds

from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph


def test_a_duplicate_with_another_label() -> None:
    # Two copies of an image under different labels: their like is torn between both classes.
    vectors, _, _ = clouds(0, 60)
    vectors = np.vstack([vectors, vectors[:1], vectors[:1]])
    logits = np.zeros((62, 3), dtype=np.float32)
    learner = Learner(vectors, logits, graph=knn_graph(vectors))
    torn = learner.fit(np.array([0, 60]), np.array([0, 1])).probabilities[61]
    assert abs(torn[0] - torn[1]) < 0.1 and min(torn[0], torn[1]) > torn[2]
    unseen = learner.cross_fitted(np.array([0, 60]), np.array([0, 1]), np.array([0, 60]))
    assert unseen[0, 1] > unseen[0, 0] and unseen[1, 0] > unseen[1, 1]


def test_two_hundred_classes() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(200, 24))
    truth = rng.integers(200, size=2_000)
    vectors = means[truth] + 0.5 * rng.normal(size=(2_000, 24))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    text = means + rng.normal(size=means.shape)
    logits = (1.5 * vectors @ text.T).astype(np.float32)
    rows = np.arange(250)
    learner = Learner(vectors, logits, logits, knn_graph(vectors))
    prediction = learner.fit(rows, truth[rows], judged=rows[:20])
    before, after = (a.argmax(axis=1) == truth for a in (logits, prediction.probabilities))
    assert after[250:].mean() > before[250:].mean()
    assert prediction.unseen.shape == (20, 200)
    # Classes that have no label yet are asked about first, by their best prompt hit.
    batch = learner.next_batch(prediction, rows, np.arange(250, 2_000), 10, seed=0)
    missing = np.bincount(truth[rows], minlength=200) == 0
    hits = 250 + logits[250:, missing].argmax(axis=0)
    assert len(batch) == 10 and set(batch[:3]) <= set(hits)
