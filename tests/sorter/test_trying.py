"""Whether a new kind would show: classes that are far from all others do, noise does not."""

from __future__ import annotations

import numpy as np

from core.sorter.trying import LEAST, tried

DIM, CLASSES = 24, 5


def reference(apart: float, counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around a centre a class, and probabilities that name the class."""
    chance = np.random.default_rng(0)
    classes = np.repeat(np.arange(CLASSES), counts)
    centres = apart * chance.normal(size=(CLASSES, DIM))
    vectors = centres[classes] + chance.normal(size=(len(classes), DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    probabilities = 0.9 * np.eye(CLASSES)[classes] + 0.1 * chance.dirichlet([1.0] * 5, len(classes))
    return vectors.astype(np.float32), probabilities.astype(np.float32)


def test_classes_that_are_apart_are_found_and_noise_is_not() -> None:
    clear = tried(*reference(1.0, [200] * 5), images=150, level=0.02)
    none = tried(*reference(0.0, [200] * 5), images=150, level=0.02)
    assert clear is not None and none is not None
    assert (clear.images, clear.tries) == (150, 5)
    assert clear.called_new == 5 and none.called_new <= 1


def test_a_delivery_larger_than_the_reference_is_tried_smaller() -> None:
    larger = tried(*reference(1.0, [100] * 5), images=10_000, level=0.02)
    assert larger is not None and larger.images == 166


def test_where_nothing_can_be_tried() -> None:
    vectors, probabilities = reference(1.0, [300, 1, 1, 1, 1])
    assert tried(vectors, probabilities, 100, 0.02) is None
    assert tried(*reference(1.0, [200] * 5), images=LEAST - 1, level=0.02) is None
    assert tried(vectors[:0], probabilities[:0], 100, 0.02) is None


def test_the_same_every_time() -> None:
    first, second = (tried(*reference(0.3, [120] * 5), 150, 0.02, seed=3) for _ in range(2))
    assert first == second
