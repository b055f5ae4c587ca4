"""Labels at the edge, played through a whole project: predictions, estimates and the next batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clouds import clouds
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.asking.queue import Kind
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.services.label.queue import refill
from core.store.labels.sqlite import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})
KINDS: list[Kind] = ["uherding", "margin", "entropy", "least-confident", "random"]


def opened(folder: Path, images: int) -> Project:
    write_pictures(folder / "images", images)
    project = Project.open(folder / "images", folder / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return opened(tmp_path, 30)


def whole(project: Project, vocabulary: Vocabulary = WORDS) -> Predictions:
    """Predictions that are sound, after estimates and every queue had their turn."""
    predictions = project.predict(vocabulary)
    n, k = len(project.pool()), len(vocabulary.names)
    assert predictions.probabilities.shape == (n, k)
    assert np.isfinite(predictions.probabilities).all()
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-4)
    assert predictions.unseen.shape == (len(predictions.audit), k)
    assert (predictions.clusters is None) == (predictions.model == "prompt")
    said = project.estimates(vocabulary)
    assert (said is None) == (len(predictions.audit) == 0)
    if said is not None:
        assert 0 <= said.accuracy.low <= said.accuracy.high <= 1
    unanswered = set(project.pool().ids) - set(project.labels.current())
    for kind in KINDS:
        batch = refill(project, predictions, [], 10, kind, seed=1)
        assert len(batch) == len(set(batch)) == min(10, len(unanswered))
        assert set(batch) <= unanswered
    return predictions


def test_one_image(tmp_path: Path) -> None:
    project = opened(tmp_path, 1)
    assert whole(project).model == "prompt"
    project.labels.add([Event(project.pool().ids[0], "blue")], "ann", "test")
    assert whole(project).assigned.tolist() == [2]


def test_all_labels_of_one_class(project: Project) -> None:
    first = whole(project)
    reds = np.flatnonzero(first.assigned == 0)
    project.labels.add([Event(project.pool().ids[row], "red") for row in reds], "ann", "test")
    after = whole(project)
    # What was not labeled and looked like another class is not swallowed.
    others = np.setdiff1d(np.arange(30), reds)
    assert (after.assigned[others] == first.assigned[others]).mean() > 0.8


def test_a_class_with_a_single_label(project: Project) -> None:
    first = whole(project)
    rows = [np.flatnonzero(first.assigned == k) for k in range(3)]
    given = [(row, "red") for row in rows[0][:8]] + [(row, "green") for row in rows[1][:8]]
    given.append((rows[2][0], "blue"))
    project.labels.add([Event(project.pool().ids[r], name) for r, name in given], "ann", "test")
    after = whole(project)
    assert (after.assigned[rows[2]] == 2).mean() > 0.8


def test_two_annotators_who_disagree(project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(i, "red") for i in ids[:6]], "ann", "test")
    alone = whole(project)
    project.labels.add([Event(ids[0], "green")], "bob", "test")
    # The later of two opinions counts until a third one decides; the other five stay.
    both = whole(project)
    assert both.assigned[:6].tolist() == [1, 0, 0, 0, 0, 0]
    assert project.labels.current()[ids[0]].conflict
    project.labels.add([Event(ids[0], "red")], "cem", "test")
    assert whole(project).assigned[0] == 0
    assert not np.array_equal(alone.probabilities, both.probabilities)


def test_a_duplicate_with_another_label() -> None:
    # Two copies of an image under different labels: their like is torn between both classes.
    vectors, _, _ = clouds(0, 60)
    vectors = np.vstack([vectors, vectors[:1], vectors[:1]])
    logits = np.zeros((62, 3), dtype=np.float32)
    learner = Learner(vectors, logits, graph=knn_graph(vectors))
    torn = learner.fit(np.array([0, 60]), np.array([0, 1])).probabilities[61]
    assert abs(torn[0] - torn[1]) < 0.1 and min(torn[0], torn[1]) > torn[2]
    unseen = learner.cross_fitted(np.array([0, 60]), np.array([0, 1]), np.array([0, 60]))
    assert unseen[0, 1] > unseen[0, 0] and unseen[1, 0] > unseen[1, 1]


def test_two_hundred_classes() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(200, 24))
    truth = rng.integers(200, size=2_000)
    vectors = means[truth] + 0.5 * rng.normal(size=(2_000, 24))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    text = means + rng.normal(size=means.shape)
    logits = (1.5 * vectors @ text.T).astype(np.float32)
    rows = np.arange(250)
    learner = Learner(vectors, logits, logits, knn_graph(vectors))
    found = learner.fit(rows, truth[rows], judged=rows[:20])
    before, after = (a.argmax(axis=1) == truth for a in (logits, found.probabilities))
    assert after[250:].mean() > before[250:].mean()
    assert found.unseen.shape == (20, 200)
    # Classes that have no label yet are asked about first, by their best prompt hit.
    batch = learner.next_batch(found, rows, np.arange(250, 2_000), 10, seed=0)
    missing = np.bincount(truth[rows], minlength=200) == 0
    hits = 250 + logits[250:, missing].argmax(axis=0)
    assert len(batch) == 10 and set(batch[:3]) <= set(hits)
