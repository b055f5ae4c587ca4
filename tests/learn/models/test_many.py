"""Very many classes: some rows as the whole pool would have them, problems as side by side."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.learn.heads.shape import Shape
from core.learn.models import folds as dealing
from core.learn.models import fused, many
from core.learn.models.frame import frame_of
from core.learn.models.fused import fit
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph, smooth


def pool(images: int = 400, classes: int = 30, seed: int = 0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, 16)).astype(np.float32)
    truth = random.integers(classes, size=images)
    vectors = centres[truth] + random.normal(size=(images, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, (4 * vectors @ centres.T).astype(np.float32), truth


def test_some_rows_are_smoothed_as_with_the_whole_pool() -> None:
    vectors, logits, truth = pool()
    graph = knn_graph(vectors, 5)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows, wanted = np.arange(0, 400, 9), np.array([300, 7, 12, 9, 7])
    targets = np.eye(30)[truth[rows]]
    whole = smooth(chances, graph, rows, targets)[0]
    asked = []

    def beliefs(rows: np.ndarray) -> np.ndarray:
        asked.append(rows)
        return chances[rows]

    some = many.smooth_at(wanted, beliefs, graph, rows, targets, 5)
    assert_allclose(some, whole[wanted], rtol=1e-5, atol=1e-7)
    one = many.smooth_at(
        wanted, lambda rows: asked.append(rows) or chances[rows], graph, rows, targets, 1
    )
    assert_allclose(one, smooth(chances, graph, rows, targets, 1)[0][wanted], rtol=1e-5, atol=1e-7)
    assert len(asked[1]) <= 4 * 6  # no more than can be heard of


def test_problems_in_turn_are_those_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, logits, truth = pool()
    rows = np.arange(0, 400, 4)
    targets, held = np.eye(30)[truth[rows]], [np.arange(5), np.arange(50, 60)]
    one = partial(fit, frame_of(vectors), vectors[rows], logits[rows], targets, held)
    side_by_side = one()
    monkeypatch.setattr(fused, "MANY", 10)
    monkeypatch.setattr(many, "_MOST_WEIGHTS", 7_000)  # two problems at a time
    in_turn = one()
    for a, b in (
        (side_by_side.model, in_turn.model),
        *zip(side_by_side.without, in_turn.without, strict=True),
        *zip(side_by_side.others, in_turn.others, strict=True),
    ):
        # Either lies some thousandths from the optimum where the solver stops.
        one, other = a.predict(vectors, logits), b.predict(vectors, logits)
        assert_allclose(one, other, atol=1e-2)
        assert np.abs(one - other).mean() < 1e-4
        assert a.shares == pytest.approx(b.shares, abs=1e-2)


def test_a_shape_reaches_the_problems_in_turn() -> None:
    random = np.random.default_rng(1)
    design, targets = (
        random.normal(size=(40, 3)).astype("f4"),
        np.eye(4)[random.integers(4, size=40)],
    )
    offsets = random.normal(size=(40, 4)).astype("f4")
    weights = np.ones((40, 1 + dealing.FOLDS), dtype=np.float32)
    shift = np.zeros((weights.shape[1], 4), dtype=np.float32)
    shift[:, 0] = 5.0  # learned with: so the first class is held to be likely without weights
    folds, trusts = np.arange(40) % dealing.FOLDS, np.array([0.0, 1.0], np.float32)

    def solved(shape: Shape) -> np.ndarray:
        judge = partial(dealing.fold_likelihood, design, offsets, trusts, shape, targets, folds)
        return many.solve_in_turn(
            design, offsets, trusts, shape, dealing.FOLDS, 1.0, judge,
            lambda choice, seen: np.array([False, True]),
        )[0]  # fmt: skip

    plain, shifted = solved(Shape(weights, targets)), solved(Shape(weights, targets, shift))
    assert not plain[:, 0, 0].any() and plain[:, 0, 1].any()  # the trust that does not count
    assert np.abs(plain - shifted).max() > 0.1


def test_images_are_judged_unseen_alike_with_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, logits, truth = pool()
    learner = Learner(vectors, logits, graph=knn_graph(vectors, 5), clusters=False)
    rows, judged = np.arange(0, 400, 5), np.arange(0, 200, 10)
    whole = learner.cross_fitted(rows, truth[rows], judged, folds=5)
    full = learner.fit(rows, truth[rows])
    monkeypatch.setattr("core.learn.models.learner.MANY", 10)
    some = learner.cross_fitted(rows, truth[rows], judged, folds=5)
    assert_allclose(some, whole, atol=1e-5)
    again = learner.fit(rows, truth[rows], judged=judged)
    assert_allclose(again.unseen, some, atol=1e-6)
    assert_allclose(again.probabilities, full.probabilities, atol=2e-3)
