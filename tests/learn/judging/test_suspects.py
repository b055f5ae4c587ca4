"""Suspect labels: planted mistakes are found, and cleanlab finds the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.judging.suspects import find_suspects


def noisy(seed: int, n: int = 300, classes: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of which 6 % are wrong, probabilities of a fair model, and the wrong positions."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, n)
    logits = random.normal(size=(n, classes)) + 3.0 * np.eye(classes)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = random.choice(n, n * 6 // 100, replace=False)
    labels = truth.copy()
    labels[wrong] = (labels[wrong] + 1 + random.integers(0, classes - 1, len(wrong))) % classes
    return labels, probabilities, wrong


def test_planted_mistakes_come_first() -> None:
    labels, probabilities, wrong = noisy(0)
    suspects = find_suspects(labels, probabilities)
    first = {s.position for s in suspects[: len(wrong)]}
    assert len(first & set(wrong)) >= 0.6 * len(wrong)
    assert all(s.label == labels[s.position] and s.better != s.label for s in suspects)
    assert [s.margin for s in suspects] == sorted(s.margin for s in suspects)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500))
def test_cleanlab_names_the_same_labels(seed: int) -> None:
    filter = pytest.importorskip("cleanlab.filter")
    labels, probabilities, _ = noisy(seed)
    theirs = set(
        filter.find_label_issues(
            labels, probabilities, filter_by="confident_learning", n_jobs=1,
            return_indices_ranked_by="self_confidence",
        )
    )  # fmt: skip
    ours = {s.position for s in find_suspects(labels, probabilities)}
    # Theirs leaves some out to keep every class's number of issues calibrated.
    assert theirs <= ours
    assert len(ours) <= 1.5 * len(theirs) + 3


def test_without_labels_or_with_one_class_nothing_is_suspect() -> None:
    assert find_suspects(np.zeros(0, int), np.zeros((0, 3))) == []
    assert find_suspects(np.zeros(4, int), np.full((4, 1), 1.0)) == []


def test_a_class_that_nobody_used_accuses_nobody() -> None:
    probabilities = np.array([[0.2, 0.1, 0.7], [0.9, 0.05, 0.05], [0.1, 0.85, 0.05]])
    assert find_suspects(np.array([0, 0, 1]), probabilities) == []
