"""Images whose words are withheld are judged as those that have none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.learn.models.base import Prediction
from core.learn.models.calibration import with_temperature
from core.learn.models.fused import shares_of
from core.learn.models.learner import RELIEF, Learner
from core.learn.models.neighbourhood import knn_graph, smooth
from core.learn.words.block import Words
from core.learn.words.hearing import HeardGraph
from core.learn.words.model import WordModel
from core.learn.words.withheld import can_be_withheld
from tests.learn.words.pairs import draw, problem


def judged(silent: float, near: bool, clusters: bool = False) -> tuple[Prediction, np.ndarray]:
    """A prediction that judges thirty images without a label, and their rows."""
    vectors, logits, words, truth = problem(silent=silent)
    graph = knn_graph(vectors) if near else None
    learner = Learner(vectors, logits, graph=graph, clusters=clusters, words=words)
    rows = draw(truth, 8)
    others = np.setdiff1d(np.arange(len(truth)), rows)[:30]
    return learner.fit(rows, truth[rows], judged=others), others


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("clusters", [False, True])
def test_who_has_no_words_is_judged_as_ever(near: bool, clusters: bool) -> None:
    fitted, others = judged(0.5, near, clusters)
    present = problem(silent=0.5)[2].present[others]
    assert fitted.wordless is not None
    np.testing.assert_allclose(fitted.wordless[~present], fitted.unseen[~present], atol=1e-5)
    assert np.abs(fitted.wordless[present] - fitted.unseen[present]).max() > 0.1
    np.testing.assert_allclose(fitted.wordless.sum(axis=1), 1.0, atol=1e-5)


def test_who_has_words_is_judged_as_without_them() -> None:
    vectors, logits, words, truth = problem(silent=0.5)
    fitted, others = judged(0.5, near=True)
    rows, model, graph = draw(truth, 8), fitted.model, knn_graph(vectors)
    targets = shares_of(rows, truth[rows], *logits.shape)[1]
    assert isinstance(model, WordModel) and fitted.wordless is not None
    for place, row in enumerate(others):
        without = _without(words, row, logits)
        own = model.predict(without.beside(vectors), without.offsets(logits))
        heard = smooth(
            own, HeardGraph(graph.neighbours, without.present, model.weight), rows, targets
        )[0]
        expected = with_temperature(heard[row : row + 1], RELIEF)[0]
        np.testing.assert_allclose(fitted.wordless[place], expected, atol=0.03)


def _without(words: Words, row: int, logits: np.ndarray) -> Words:
    """The same words, but for one image."""
    there = np.arange(len(words.present)) != row
    return replace(
        words,
        present=words.present & there,
        features=np.where(there[:, None], words.features, 0).astype(np.float32),
        own=np.where(there[:, None], words.own, 0).astype(np.float32),
        joint=np.where(there[:, None], words.joint, logits).astype(np.float32),
    )


def test_nothing_is_withheld_where_all_images_have_words() -> None:
    fitted, _ = judged(0.0, near=True)
    assert fitted.wordless is None and not can_be_withheld(fitted.model)
