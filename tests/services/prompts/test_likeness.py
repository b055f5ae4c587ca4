"""A group is said to be like a class where predictions and looks agree, and only there."""

from __future__ import annotations

import numpy as np

from core.learn.predictions import Predictions
from core.services.prompts.likeness import SHARE, likeness

K, EACH = 3, 40


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Looks (120, 8) of three classes of 40 images, and their classes."""
    kinds = np.repeat(np.arange(K), EACH)
    looks = np.eye(K, 8)[kinds] + np.random.default_rng(seed).normal(size=(len(kinds), 8)) * 0.1
    return (looks / np.linalg.norm(looks, axis=1, keepdims=True)).astype(np.float32), kinds


def predictions(assigned: np.ndarray, human: np.ndarray | None = None) -> Predictions:
    random = np.random.default_rng(1)
    probabilities = np.full((len(assigned), K), 0.1, dtype=np.float32)
    probabilities[np.arange(len(assigned)), assigned] = random.uniform(0.5, 0.9, len(assigned))
    human = np.full(len(assigned), -1) if human is None else human
    return Predictions(["a", "b", "c"], probabilities, probabilities, human, assigned, "prompt", 0)


def test_a_group_of_a_class_is_like_it_most_doubtful_first() -> None:
    looks, kinds = world()
    rows = np.arange(EACH, EACH + 15)
    made = predictions(kinds)
    like = likeness(looks, made, rows)
    assert like is not None and like.name == "b"
    assert sorted(like.doubtful) == rows.tolist()
    assert (np.diff(made.probabilities[like.doubtful, 1]) >= 0).all()


def test_looks_that_disagree_with_the_prompts_say_nothing() -> None:
    looks, kinds = world()
    rows = np.arange(EACH, EACH + 15)
    assigned = kinds.copy()
    assigned[rows] = 2  # the prompts take b for c
    assert likeness(looks, predictions(assigned), rows) is None


def test_a_group_that_is_split_is_like_no_class() -> None:
    looks, kinds = world()
    rows = np.arange(EACH, EACH + 20)
    assigned = kinds.copy()
    assigned[rows[: int((1 - SHARE) * 20) + 1]] = 0
    assert likeness(looks, predictions(assigned), rows) is None


def test_labels_say_what_a_class_looks_like() -> None:
    looks, kinds = world()
    rows = np.arange(EACH, EACH + 15)
    # Prompts alone take everything of a for b and the other way round; labels put both right.
    swapped = np.array([1, 0, 2])[kinds]
    swapped[rows] = 1
    assert likeness(looks, predictions(swapped), rows) is None
    human = np.full(len(kinds), -1)
    human[:5] = 0
    human[EACH + 20 : EACH + 25] = 1
    like = likeness(looks, predictions(swapped, human), rows)
    assert like is not None and like.name == "b"


def test_a_collection_of_one_group_has_nothing_to_compare_with() -> None:
    looks, kinds = world()
    assert likeness(looks, predictions(kinds * 0), np.arange(len(kinds))) is None
