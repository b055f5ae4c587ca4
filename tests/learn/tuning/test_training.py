"""What can be learned is learned, what cannot is not, and the same run gives the same maps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from core.encoders.tuned.kernel import Kernel, Side
from core.learn.tuning.judging import DIRECTIONS, as_json, compare, gained
from core.learn.tuning.pairs import Pairs, split
from core.learn.tuning.training import Maps, Settings, train
from core.runtime.progress import Cancelled, Report


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def world(shuffled: bool = False, count: int = 400) -> tuple[Pairs, Pairs, Pairs]:
    """Texts that are their images turned, as parts to learn from, to choose by and to judge."""
    random = np.random.default_rng(0)
    images = random.normal(size=(count, 24))
    texts = images @ np.linalg.qr(random.normal(size=(24, 24)))[0]
    rows = np.arange(count)
    order = random.permutation(count) if shuffled else rows
    pairs = Pairs(unit(images), unit(texts[order]), rows, rows, rows)
    parts = split(rows, 0)
    return pairs.some(parts.train), pairs.some(parts.validation), pairs.some(parts.test)


class Used:
    """Maps beside the vectors that there are, for every image."""

    def __init__(self, maps: Maps[Side]) -> None:
        self.maps = maps

    def images(self, vectors: np.ndarray) -> np.ndarray:
        answer, own = self.maps.image.parts(vectors)
        return self._joined(vectors, answer, own)

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        answer, own = self.maps.text.parts(vectors)
        return self._joined(vectors, own, answer)

    def _joined(self, vectors: np.ndarray, *parts: np.ndarray) -> np.ndarray:
        weights = self.maps.weight * np.sqrt(self.maps.shares)
        return np.hstack([vectors, *(w * part for w, part in zip(weights, parts, strict=True))])


class Deaf(Used):
    """Maps whose gate is closed to every image."""

    def images(self, vectors: np.ndarray) -> np.ndarray:
        own = super().images(vectors)
        own[:, vectors.shape[1] :] = 0.0
        return own


def after(pairs: Pairs, maps: Maps[Side]) -> Pairs:
    used = Used(maps)
    return replace(pairs, images=used.images(pairs.images), texts=used.texts(pairs.texts))


def test_a_turn_is_learned_and_the_gain_is_sure() -> None:
    learned, validation, test = world()
    trained = train(learned, validation, Kernel.fit, Used, centred=False)
    assert trained.maps is not None
    gains = compare(test, after(test, trained.maps))
    assert gained(gains)
    content = as_json(gains)
    for name in DIRECTIONS:
        rise = content["delta"][name]["mrr"]
        assert rise["low"] <= rise["value"] <= rise["high"]
        before, later = content["baseline"][name]["mrr"], content["tuned"][name]["mrr"]
        assert later["value"] > 2 * before["value"]
        assert rise["value"] == pytest.approx(later["value"] - before["value"])
        assert gains[name].gain.mean() == pytest.approx(rise["value"])
    steps = [look["step"] for look in trained.history]
    assert steps == sorted(steps) and steps[0] == 0
    losses = [look["loss"] for look in trained.history]
    assert losses[-1] < losses[0]


def test_of_shuffled_pairs_nothing_sure_is_learned() -> None:
    learned, validation, test = world(shuffled=True)
    trained = train(learned, validation, Kernel.fit, Used, centred=True)
    assert trained.maps is None or not gained(compare(test, after(test, trained.maps)))


def test_where_the_gate_is_closed_nothing_is_kept() -> None:
    learned, validation, _ = world()
    # Texts alone move then, which no image answers to.
    assert train(learned, validation, Kernel.fit, Deaf, centred=False).maps is None


def test_one_seed_gives_one_result_and_pairs_can_be_few() -> None:
    learned, validation, _ = world(count=200)
    few = Settings(most=60, bank=10)
    first, again = (
        train(learned, validation, Kernel.fit, Used, centred=True, seed=3, settings=few)
        for _ in range(2)
    )
    assert first.history == again.history
    assert first.history[-1]["step"] == 60
    assert first.maps is not None and again.maps is not None
    assert np.array_equal(first.maps.image.answer, again.maps.image.answer)
    assert len(first.maps.bank) == 10


def test_pairs_that_chose_the_weight_are_learned_from_too() -> None:
    learned, validation, _ = world(count=300)
    trained = train(learned, validation, Kernel.fit, Used, centred=False)
    assert trained.tried is not None and trained.maps is not None
    assert trained.tried.weight == trained.maps.weight
    landmarks = [len(maps.image.kernel.landmarks) for maps in (trained.tried, trained.maps)]
    assert landmarks == [len(learned.images), len(learned.images) + len(validation.images)]


def test_with_more_pairs_than_landmarks_it_is_nearly_the_same() -> None:
    learned, validation, test = world(count=600)
    gains = []
    for most in (2_000, 200):
        trained = train(learned, validation, partial(Kernel.fit, most=most), Used, centred=False)
        assert trained.maps is not None
        gains.append(compare(test, after(test, trained.maps))[DIRECTIONS[0]].tuned["mrr"].value)
    assert gains[1] > 0.7 * gains[0]


def test_it_can_be_stopped() -> None:
    learned, validation, _ = world(count=100)
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        train(learned, validation, Kernel.fit, Used, centred=False, report=report)
