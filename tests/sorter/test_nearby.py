"""Images of a delivery that are one another's neighbours."""

from __future__ import annotations

import numpy as np

from core.sorter.nearby import NEIGHBOURS, excess, neighbours

DIM, BEFORE, NOW = 24, 900, 200


def scene(seed: int, few: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, who is of the delivery, and probabilities; ``few`` of it lie in four places."""
    chance = np.random.default_rng(seed)
    vectors = chance.normal(size=(BEFORE + NOW, DIM)).astype(np.float32)
    # In pairs on either side, so that no mean moves.
    places = chance.normal(size=(2, DIM)) * 1.2
    places = np.vstack([places, -places])
    for number in range(few):
        own = places[number % 4] + 0.6 * chance.normal(size=DIM)
        vectors[BEFORE + number] = own.astype(np.float32)
    probabilities = np.full((len(vectors), 2), 0.5, np.float32)
    probabilities[: len(vectors) : 2] = (0.6, 0.4)
    return vectors, np.arange(len(vectors)) >= BEFORE, probabilities


def picks_of(theirs: np.ndarray, classes: np.ndarray, times: int = 200) -> np.ndarray:
    chance = np.random.default_rng(0)
    picks = np.zeros((1 + times, len(theirs)), np.float32)
    picks[0, theirs] = 1
    for k in np.unique(classes):
        own = np.flatnonzero(classes == k)
        for row in picks[1:]:
            row[chance.permutation(own)[: int(theirs[own].sum())]] = 1
    return picks


def p_of(seed: int, few: int) -> float:
    vectors, theirs, probabilities = scene(seed, few)
    classes = probabilities.argmax(axis=1)
    picks = picks_of(theirs, classes)
    stood_out = (excess(neighbours([vectors])[0], picks, classes, probabilities) ** 2).sum(axis=2)
    ranks = [(row[1:] >= row[0]).mean() for row in stood_out]
    return float(min(ranks))


def test_each_has_its_nearest_first_and_nobody_is_its_own_neighbour() -> None:
    vectors, _, _ = scene(0, 0)
    near = neighbours([vectors])[0]
    assert near.shape == (len(vectors), max(NEIGHBOURS))
    assert not (near == np.arange(len(vectors))[:, None]).any()
    assert all(len(set(row)) == len(row) for row in near.tolist())
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = np.take_along_axis(unit @ unit.T, near, axis=1).mean(axis=0)
    assert likeness[:10].mean() > likeness[-10:].mean() > 0


def test_a_few_that_lie_together_stand_out_though_no_mean_moves() -> None:
    assert p_of(1, 60) < 0.01


def test_a_delivery_of_the_same_kind_rarely_does() -> None:
    found = [p_of(seed, 0) for seed in range(8)]
    assert np.mean(np.array(found) < 0.01) <= 0.25 and np.median(found) > 0.05


def test_pictures_of_one_series_are_no_neighbours() -> None:
    vectors, _, _ = scene(2, 0)
    # Each image of the delivery comes four times, nearly the same.
    for start in range(BEFORE, BEFORE + NOW, 4):
        noise = 0.02 * np.random.default_rng(start).normal(size=(4, DIM))
        vectors[start : start + 4] = vectors[start] + noise
    near = neighbours([vectors])[0][:, : min(NEIGHBOURS)]
    for start in (BEFORE, BEFORE + 40, BEFORE + 100):
        assert not set(near[start].tolist()) & set(range(start, start + 4))


def test_only_images_of_the_delivery_have_an_excess() -> None:
    vectors, theirs, probabilities = scene(3, 36)
    classes = probabilities.argmax(axis=1)
    picks = picks_of(theirs, classes, 3)
    found = excess(neighbours([vectors])[0], picks, classes, probabilities)
    assert found.shape == (len(NEIGHBOURS), *picks.shape)
    assert (found[:, picks == 0] == 0).all() and (found >= 0).all()


def test_few_images_are_no_trouble() -> None:
    vectors, theirs, probabilities = scene(4, 0)
    some = slice(BEFORE - 6, BEFORE + 6)
    classes = probabilities[some].argmax(axis=1)
    picks = picks_of(theirs[some], classes, 3)
    assert np.isfinite(
        excess(neighbours([vectors[some]])[0], picks, classes, probabilities[some])
    ).all()
