"""Several encoders: better where another one sees more, no worse where it sees nothing."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.heads.names import NAMES
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.models.softmax import softmax
from core.learn.voting.learner import Beside, VotingLearner
from core.learn.words.block import Words

IMAGES, CLASSES = 240, 3
EVERY = np.arange(IMAGES)
LABELS = np.arange(0, IMAGES, 3)
TRUTH = np.random.default_rng(0).integers(CLASSES, size=IMAGES)
LOGITS = np.zeros((IMAGES, CLASSES), np.float32)


def view(noise: float, seed: int) -> np.ndarray:
    """Unit vectors that show the class as far as the noise lets them."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(CLASSES, 12))[TRUTH] + noise * rng.normal(size=(IMAGES, 12))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


DIM, CLEAR, BLIND = view(2.0, 1), view(0.7, 2), view(1e6, 3)


def voting(*others: Beside) -> VotingLearner:
    return VotingLearner(DIM, LOGITS, graph=knn_graph(DIM), others=others)


def beside(vectors: np.ndarray, rows: np.ndarray = EVERY) -> Beside:
    return Beside(vectors[rows], rows, knn_graph(vectors[rows]))


def accuracy(probabilities: np.ndarray, rows: np.ndarray = EVERY) -> float:
    return float((probabilities.argmax(axis=1) == TRUTH[rows]).mean())


def test_an_encoder_that_sees_more_is_heard() -> None:
    alone = Learner(DIM, LOGITS, graph=knn_graph(DIM))
    both = voting(beside(CLEAR))
    fitted = both.fit(LABELS, TRUTH[LABELS])
    assert fitted.votes[1] > 0.5
    assert sum(fitted.votes) == pytest.approx(1.0)
    assert accuracy(fitted.probabilities) > accuracy(alone.fit(LABELS, TRUTH[LABELS]).probabilities)
    of_alone = alone.cross_fitted(LABELS, TRUTH[LABELS], EVERY)
    assert accuracy(both.cross_fitted(LABELS, TRUTH[LABELS], EVERY)) > accuracy(of_alone) + 0.1


def test_an_encoder_that_sees_nothing_is_hardly_heard() -> None:
    fitted = voting(beside(BLIND)).fit(LABELS, TRUTH[LABELS])
    assert fitted.votes[0] > 0.8


def test_without_labels_it_is_zero_shot() -> None:
    logits = np.random.default_rng(4).normal(size=LOGITS.shape).astype(np.float32)
    nothing = np.empty(0, np.int64)
    fitted = VotingLearner(DIM, logits, others=[beside(CLEAR)]).fit(nothing, nothing)
    assert np.allclose(fitted.probabilities, softmax(logits), atol=1e-6)
    assert fitted.votes == (1.0, 0.0)


def test_where_an_encoder_has_no_vector_the_first_decides_alone() -> None:
    seen = EVERY[:150]
    alone = Learner(DIM, LOGITS, graph=knn_graph(DIM)).fit(LABELS, TRUTH[LABELS])
    fitted = voting(beside(CLEAR, seen)).fit(LABELS, TRUTH[LABELS])
    apart = np.setdiff1d(EVERY, seen)
    assert np.allclose(fitted.probabilities[apart], alone.probabilities[apart], atol=1e-5)
    assert not np.allclose(fitted.probabilities[seen], alone.probabilities[seen], atol=1e-2)
    strangers = voting(beside(CLEAR, np.array([1, 2]))).fit(LABELS, TRUTH[LABELS])
    assert np.allclose(strangers.probabilities[apart], alone.probabilities[apart], atol=1e-5)


def test_a_label_says_nothing_of_how_its_own_image_is_judged() -> None:
    """With another label on one image the models without it are the same; only the weights, of
    which all labels together have a say, move by a trace."""
    other = TRUTH[LABELS].copy()
    other[0] = (other[0] + 1) % CLASSES
    learner, own = voting(beside(CLEAR)), LABELS[:1]
    before = learner.cross_fitted(LABELS, TRUTH[LABELS], own)
    assert np.allclose(before, learner.cross_fitted(LABELS, other, own), atol=5e-3)


def test_images_judged_on_the_way_are_those_asked_for() -> None:
    asked = np.array([9, 3, 100])
    fitted = voting(beside(CLEAR)).fit(LABELS, TRUTH[LABELS], judged=asked)
    assert fitted.unseen.shape == (3, CLASSES)
    assert np.allclose(fitted.unseen.sum(axis=1), 1.0, atol=1e-5)


def test_labels_of_groups_are_learned_from() -> None:
    shares = np.eye(CLASSES)[TRUTH[LABELS]]
    classes = TRUTH[LABELS].copy()
    classes[:20], shares[:20] = -1, 1.0 / CLASSES
    fitted = voting(beside(CLEAR)).fit(LABELS, classes, judged=LABELS[20:30], shares=shares)
    assert fitted.unseen.shape == (10, CLASSES)
    assert fitted.votes[1] > 0.5


def test_words_stand_beside_the_pictures_of_every_encoder() -> None:
    """Half of the images say their class, of which their pictures show nothing."""
    texts, of = np.eye(CLASSES, dtype=np.float32), np.where(EVERY % 2 == 0, TRUTH, -1)
    words = Words.make(texts, of, 5.0 * texts, LOGITS)
    others = [beside(BLIND, EVERY[20:])]
    fitted = VotingLearner(BLIND, LOGITS, words=words, others=others).fit(
        LABELS, TRUTH[LABELS], judged=LABELS[:10]
    )
    speaking = EVERY[of >= 0]
    assert fitted.unseen.shape == (10, CLASSES)
    assert accuracy(fitted.probabilities[speaking], speaking) > 0.95


@pytest.mark.parametrize("head", ["weighted", "adjusted"])
def test_all_encoders_learn_with_the_head(head: str) -> None:
    assert head in NAMES
    plain = voting(beside(CLEAR))
    headed = plain.headed(head)
    assert isinstance(headed, VotingLearner) and headed.headed(head) is headed
    assert not np.array_equal(
        headed.cross_fitted(LABELS, TRUTH[LABELS], EVERY),
        plain.cross_fitted(LABELS, TRUTH[LABELS], EVERY),
    )
