"""How new images are: groups that no class claims come first, and p-values are honest."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.models.neighbourhood import Graph, knn_graph
from core.learn.models.softmax import softmax
from core.learn.novelty.scoring import Novelty, novelty

CLASSES, EACH, HIDDEN = 3, 120, 40


class Clouds:
    """Three classes with prompts, and a fourth group without."""

    def __init__(self, seed: int = 0) -> None:
        chance = np.random.default_rng(seed)
        centres = np.linalg.qr(chance.normal(size=(24, 24)))[0][: CLASSES + 1]
        sizes = [EACH] * CLASSES + [HIDDEN]
        self.truth = np.repeat(np.arange(CLASSES + 1), sizes)
        vectors = centres[self.truth] + 0.25 * chance.normal(size=(len(self.truth), 24))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        self.vectors = vectors.astype(np.float32)
        noise = 0.15 * chance.normal(size=(len(vectors), CLASSES))
        self.logits = ((vectors @ centres[:CLASSES].T + noise) * 8).astype(np.float32)
        self.graph = knn_graph(self.vectors)
        self.known = chance.permutation(np.flatnonzero(self.truth < CLASSES))

    def judged(self, labels: int) -> Novelty:
        rows = self.known[:labels]
        return novelty(self.vectors, self.logits, self.graph, rows, self.truth[rows])

    def auroc(self, score: np.ndarray) -> float:
        new, old = score[self.truth == CLASSES], score[self.truth < CLASSES]
        return float((new[:, None] > old).mean())


@pytest.mark.parametrize("labels", [0, 12, 60])
def test_a_hidden_class_comes_first_and_before_what_probability_says(labels: int) -> None:
    clouds = Clouds()
    found = clouds.judged(labels)
    doubt = 1 - softmax(clouds.logits).max(axis=1)
    assert clouds.auroc(found.score) > max(0.95, clouds.auroc(doubt))
    assert (clouds.truth[found.order[:HIDDEN]] == CLASSES).mean() > 0.7
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert ((found.p > 0) & (found.p <= 1)).all()
    assert found.against == ("labeled" if labels >= 20 else "collection")


def test_p_is_uniform_for_images_of_the_classes() -> None:
    below = []
    for seed in range(8):
        clouds = Clouds(seed)
        found, others = clouds.judged(60), clouds.known[60:]
        below.append([(found.p[others] <= level).mean() for level in (0.1, 0.3)])
        assert np.median(found.p[clouds.truth == CLASSES]) <= 0.1
    assert np.mean(below, axis=0)[0] <= 0.14 and np.mean(below, axis=0)[1] <= 0.36


def test_permuting_images_permutes_the_result() -> None:
    clouds = Clouds()
    order = np.random.default_rng(3).permutation(len(clouds.truth))
    place = np.argsort(order)
    rows = clouds.known[:15]
    graph = Graph(place[clouds.graph.neighbours[order]].astype(np.int32))
    moved = novelty(
        clouds.vectors[order], clouds.logits[order], graph, place[rows], clouds.truth[rows]
    )
    np.testing.assert_allclose(moved.score, clouds.judged(15).score[order], atol=5e-3)


def test_a_pool_of_one_image_is_judged() -> None:
    nothing = np.empty(0, np.intp)
    found = novelty(
        np.ones((1, 4), np.float32), np.zeros((1, 2), np.float32),
        Graph(np.empty((1, 0), np.int32)), nothing, nothing,
    )  # fmt: skip
    assert found.score.shape == (1,) and found.p.tolist() == [1.0]


def test_a_graph_of_other_images_is_refused() -> None:
    clouds, nothing = Clouds(), np.empty(0, np.intp)
    with pytest.raises(ValueError, match="graph"):
        novelty(clouds.vectors[:-1], clouds.logits[:-1], clouds.graph, nothing, nothing)
