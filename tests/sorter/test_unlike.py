"""What is unlike anything known: a new class is found among those that it is taken for."""

from __future__ import annotations

import numpy as np

from core.sorter.unlike import compare

DIM = 32


def images(counts: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around a centre a class; the last class is taken for class 0."""
    centres = np.random.default_rng(9).normal(size=(len(counts), DIM))
    centres[-1] = 0.8 * centres[0] + 0.8 * centres[-1]
    chance = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(counts)), counts)
    vectors = centres[classes] + 0.9 * chance.normal(size=(len(classes), DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    seen = np.where(classes == len(counts) - 1, 0, classes)
    return vectors.astype(np.float32), np.eye(len(counts) - 1)[seen]


def test_what_is_as_before_raises_few_alarms() -> None:
    alarms = 0
    for seed in range(60):
        reference, known = images([150, 100, 50, 0], 1000 + seed)
        delivery, classes = images([60, 40, 20, 0], 2000 + seed)
        alarms += compare(reference, known, delivery, classes, 0.05, seed).new
    assert alarms <= 8  # of 60; three are expected, more than eight come once in 200


def test_other_shares_alone_are_nothing_new() -> None:
    reference, known = images([150, 100, 50, 0], 1)
    delivery, classes = images([20, 20, 120, 0], 2)
    assert not compare(reference, known, delivery, classes).new


def test_a_class_that_was_not_there_is_found_with_its_images() -> None:
    reference, known = images([300, 200, 100, 0], 3)
    delivery, classes = images([100, 60, 30, 20], 4)
    found = compare(reference, known, delivery, classes)
    assert found.new and found.p <= 0.02 and not found.throughout
    assert found.classes[0] == 0
    assert 0.03 < found.share < 0.2
    assert (found.rows[:10] >= 190).sum() >= 8  # the new ones stand last


def test_everything_different_is_found() -> None:
    """Another camera: no class is new, all of them look a little different."""
    reference, known = images([150, 100, 50, 0], 5)
    delivery, classes = images([150, 100, 50, 0], 6)
    delivery = delivery + np.float32(0.12)
    found = compare(reference, known, delivery, classes)
    assert found.new and found.throughout


def test_too_few_to_say_anything() -> None:
    reference, known = images([5, 5, 5, 0], 7)
    delivery, classes = images([2, 1, 1, 1], 8)
    found = compare(reference, known, delivery, classes)
    assert (found.new, found.p, found.share, len(found.rows)) == (False, 1.0, 0.0, 0)


def test_images_that_are_all_alike() -> None:
    same = np.ones((40, DIM), np.float32) / np.float32(DIM**0.5)
    found = compare(same, np.ones((40, 1)), same, np.ones((40, 1)))
    assert not found.new


def test_a_class_that_is_spread_over_many_is_found() -> None:
    """Its images are taken for all classes alike, a few for each, and lie the same way in all."""
    chance = np.random.default_rng(11)
    centres, way = chance.normal(size=(8, DIM)), chance.normal(size=DIM)
    found = 0
    for _ in range(5):
        sides = []
        for new in (0, 5):
            classes = np.repeat(np.arange(8), 60 if new else 150)
            vectors = centres[classes] + 0.9 * chance.normal(size=(len(classes), DIM))
            for k in range(8):
                vectors[np.flatnonzero(classes == k)[:new]] += 1.1 * way
            sides.append((vectors.astype(np.float32), np.eye(8)[classes]))
        (reference, known), (delivery, taken) = sides
        found += compare(reference, known, delivery, taken).new
    assert found >= 4


def test_more_of_a_class_that_is_taken_for_its_neighbour_is_nothing_new() -> None:
    """What is taken for class 0 is then more often of class 1, and its probabilities say so."""
    chance = np.random.default_rng(12)
    centres, alarms = 2 * chance.normal(size=(2, DIM)), 0
    for seed in range(10):
        sides = []
        for first, second in ((300, 100), (100, 150)):
            truth = np.repeat([0, 1], [first, second])
            vectors = centres[truth] + chance.normal(size=(len(truth), DIM))
            sure = np.full(len(truth), 0.95)
            mixed = (truth == 1) & (chance.random(len(truth)) < 0.3)
            sure[mixed] = 0.55  # in between, and called class 0
            taken = np.where(mixed, 0, truth)
            vectors[mixed] = centres.mean(axis=0) + chance.normal(size=(int(mixed.sum()), DIM))
            chances = np.where(np.arange(2) == taken[:, None], sure[:, None], 1 - sure[:, None])
            sides.append((vectors.astype(np.float32), chances))
        (reference, known), (delivery, others) = sides
        alarms += compare(reference, known, delivery, others, seed=seed).new
    assert alarms <= 1


def test_the_same_every_time() -> None:
    reference, known = images([150, 100, 50, 0], 3)
    delivery, classes = images([60, 40, 20, 20], 4)
    first, second = (compare(reference, known, delivery, classes, seed=5) for _ in range(2))
    assert first.p == second.p and (first.rows == second.rows).all()
