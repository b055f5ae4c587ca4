"""Labels at the edge, played through a whole project: predictions, estimates and the next batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.predictions import Predictions
from core.learn.strategies import STRATEGIES
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.label.queue import Asking, next_images
from core.services.predict.predicting import estimates, predict
from core.store.labels.base import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


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
    snapshot = project.snapshot(vocabulary)
    predictions = predict(snapshot)
    n, k = len(project.pool()), len(vocabulary.names)
    assert predictions.probabilities.shape == (n, k)
    assert np.isfinite(predictions.probabilities).all()
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-4)
    assert predictions.unseen.shape == (len(predictions.audit), k)
    assert (predictions.clusters is None) == (predictions.model == "prompt")
    judged = estimates(snapshot, predictions)
    assert (judged is None) == (len(predictions.audit) == 0)
    if judged is not None:
        assert 0 <= judged.accuracy.low <= judged.accuracy.high <= 1
    unanswered = set(project.pool().ids) - set(project.labels.current())
    for strategy in STRATEGIES:
        rows = next_images(snapshot, predictions, [], Asking(strategy, 10, seed=1)).rows
        batch = {snapshot.pool.ids[row] for row in rows}
        assert len(rows) == len(batch) == min(10, len(unanswered))
        assert batch <= unanswered
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
    labels = [(row, "red") for row in rows[0][:8]] + [(row, "green") for row in rows[1][:8]]
    labels.append((rows[2][0], "blue"))
    project.labels.add([Event(project.pool().ids[r], name) for r, name in labels], "ann", "test")
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
