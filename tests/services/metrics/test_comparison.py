"""Comparisons with a truth: the images of a cell are those that the matrix counts."""

from __future__ import annotations

import numpy as np
import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.metrics.comparison import against_audit, against_labels, against_truth
from core.services.metrics.truth import folder_truth, truth_file
from core.store.csv_tables import read_labels
from core.store.labels.sqlite import Event


@pytest.fixture
def truth(project: Project) -> dict[str, str]:
    return truth_file(project.workspace.images) or {}


def test_cells_hold_what_the_matrix_counts(project: Project, truth: dict[str, str]) -> None:
    result = against_truth(project, project.predict(project.vocabulary()), truth)
    labels, counts = result.evaluation.labels, result.evaluation.counts
    sizes = [[len(result.cell(t, s)) for s in labels] for t in labels]
    np.testing.assert_array_equal(sizes, counts)
    assert sum(map(sum, sizes)) == len(truth) == 60


def test_labels_are_compared_with_models_that_did_not_see_them(
    project: Project, truth: dict[str, str]
) -> None:
    vocabulary, pool = project.vocabulary(), project.pool()
    rows = pool.row_of_path()
    # Every label wrong in the same way: a model that had seen them would agree with them.
    names = vocabulary.names
    shifted = {p: names[(names.index(label) + 1) % len(names)] for p, label in truth.items()}
    events = [Event(pool.ids[rows[p]], shifted[p]) for p in list(truth)[:30]]
    project.labels.add(events, "ann", "test")
    predictions = project.predict(vocabulary)
    result = against_labels(project, vocabulary, predictions)
    assert result.evaluation.n == 30
    seen = predictions.probabilities[result.rows].argmax(axis=1)
    agreement = float((seen == result.truth).mean())
    assert result.evaluation.accuracy < agreement
    left = against_truth(project, predictions, truth)
    assert (left.evaluation.n, left.left_out) == (30, 30)


def test_audit_figures_rest_on_the_audit_images_alone(
    project: Project, truth: dict[str, str]
) -> None:
    vocabulary, pool, stream = project.vocabulary(), project.pool(), project.audit_stream()
    with pytest.raises(WinnowError, match="No audit image"):
        against_audit(project.predict(vocabulary))
    label_of = {row: truth[path] for path, row in pool.row_of_path().items()}
    # The first twelve of the stream, a hole, and five more that do not count for it.
    chosen = [*stream[:12], *stream[13:18]]
    project.labels.add([Event(pool.ids[row], label_of[row]) for row in chosen], "ann", "test")
    project.labels.add([Event(pool.ids[stream[3]], None, "skip")], "ann", "test")
    predictions = project.predict(vocabulary)
    result = against_audit(predictions)
    assert sorted(result.rows) == sorted(set(stream[:12]) - {stream[3]})
    estimates = project.estimates(vocabulary)
    assert estimates is not None
    assert (estimates.n, estimates.unusable, estimates.population) == (11, 1, 60)
    assert estimates.accuracy.value == result.evaluation.accuracy
    assert estimates.temperature == pytest.approx(predictions.temperature, rel=0.05)
    assert predictions.temperature != 1


def test_folders_named_like_classes_are_a_truth(project: Project) -> None:
    assert folder_truth(project.pool(), ["images"]) != {}
    assert folder_truth(project.pool(), ["IMAGES"]) == dict.fromkeys(
        read_labels(project.workspace.images / "truth.csv"), "IMAGES"
    )
    assert folder_truth(project.pool(), ["nothing"]) == {}
