"""Comparisons with a truth: the images of a cell are those that the matrix counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.export.measuring import measure
from core.services.metrics.comparison import (
    NothingToJudgeError,
    against_audit,
    against_labels,
    against_truth,
)
from core.services.metrics.levels import levels_of
from core.services.metrics.truth import folder_truth, truth_file
from core.services.predict.predicting import estimates, predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def truth(project: Project) -> dict[str, str]:
    return truth_file(project.workspace.images) or {}


def test_cells_hold_what_the_matrix_counts(project: Project, truth: dict[str, str]) -> None:
    snapshot = project.snapshot()
    result = against_truth(snapshot, predict(snapshot), truth)
    labels, counts = result.evaluation.labels, result.evaluation.counts
    sizes = [[len(result.cell(t, s)) for s in labels] for t in labels]
    np.testing.assert_array_equal(sizes, counts)
    assert sum(map(sum, sizes)) == len(truth) == 60


def test_labels_are_compared_with_models_that_did_not_see_them(
    project: Project, truth: dict[str, str]
) -> None:
    pool, names = project.pool(), project.classes().names
    rows = pool.rows_by_path
    # Every label wrong in the same way: a model that had seen them would agree with them.
    shifted = {p: names[(names.index(label) + 1) % len(names)] for p, label in truth.items()}
    events = [Event(pool.ids[rows[p]], shifted[p]) for p in list(truth)[:30]]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    result = against_labels(snapshot, predictions)
    assert result.evaluation.n == 30
    seen = predictions.probabilities[result.rows].argmax(axis=1)
    agreement = float((seen == result.truth).mean())
    assert result.evaluation.accuracy < agreement
    left = against_truth(snapshot, predictions, truth)
    assert (left.evaluation.n, left.left_out) == (30, 30)


def test_audit_figures_rest_on_the_audit_images_alone(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = project.snapshot()
    pool, stream = snapshot.pool, snapshot.audit_order
    with pytest.raises(WinnowError, match="No random image"):
        against_audit(predict(snapshot))
    label_of = {row: truth[path] for path, row in pool.rows_by_path.items()}
    # The first twelve of the stream, a hole, and five more that do not count for it.
    chosen = [*stream[:12], *stream[13:18]]
    project.labels.add([Event(pool.ids[row], label_of[row]) for row in chosen], "ann", "test")
    project.labels.add([Event(pool.ids[stream[3]], None, "skip")], "ann", "test")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    result = against_audit(predictions)
    assert sorted(result.rows) == sorted(set(stream[:12]) - {stream[3]})
    stated = estimates(snapshot, predictions)
    assert stated is not None
    assert (stated.n, stated.unusable, stated.population) == (11, 1, 60)
    # One claim, one interval: on Label, on Metrics, in the report and in its manifest.
    own = (result.evaluation.accuracy, result.evaluation.accuracy_low)
    assert own == (stated.accuracy.value, stated.accuracy.low)
    exported = measure(predictions, None)
    assert exported is not None
    for key in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1", "macro_f1_low"):
        assert exported.metrics[key] == getattr(result.evaluation, key)
    assert (stated.accuracy.high, stated.macro_f1.high) == (
        result.evaluation.accuracy_high,
        result.evaluation.macro_f1_high,
    )
    assert stated.temperature == pytest.approx(predictions.temperature, rel=0.05)
    assert predictions.temperature != 1


def test_folders_named_like_classes_are_a_truth(project: Project) -> None:
    assert folder_truth(project.pool(), ["images"]) != {}
    assert folder_truth(project.pool(), ["IMAGES"]) == dict.fromkeys(
        read_labels(project.workspace.images / "truth.csv"), "IMAGES"
    )
    assert folder_truth(project.pool(), ["nothing"]) == {}


WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """A project of 45 pictures in one colour each, with their truth."""
    truth = write_pictures(tmp_path / "images", 45)
    project = Project.open(tmp_path / "images", tmp_path / "coloured")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder), truth


def test_evaluation_leaves_out_what_trained_the_model(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    project, truth = coloured
    snapshot = project.snapshot(WORDS)
    pool = snapshot.pool
    by_id = {pool.ids[pool.rows_by_path[path]]: label for path, label in truth.items()}
    some = snapshot.with_labels(dict(list(by_id.items())[:6]))
    compared = against_truth(some, predict(some), truth)
    assert (compared.evaluation.n, compared.left_out) == (39, 6)
    everything = snapshot.with_labels(by_id)
    with pytest.raises(NothingToJudgeError, match="labels train the model"):
        against_truth(everything, predict(everything), truth)
    assert len(pool) == 45


def test_truth_outside_the_vocabulary_counts_as_missed(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    project, truth = coloured
    snapshot = project.snapshot(Vocabulary.of({"red": ["red"], "green": ["green"]}))
    compared = against_truth(snapshot, predict(snapshot), truth)
    assert compared.evaluation.labels == ["red", "green", "blue"]
    assert compared.evaluation.accuracy == pytest.approx(2 / 3)
    assert len(compared.cell("blue", "red")) + len(compared.cell("blue", "green")) == 15
    with pytest.raises(WinnowError, match="None of the 1 paths"):
        against_truth(snapshot, predict(snapshot), {"nowhere.jpg": "red"})


def test_what_names_a_group_alone_counts_at_the_level_of_groups(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    project, truth = coloured
    words = WORDS.in_groups([("cold", [], "")], {"green": "cold", "blue": "cold"})
    snapshot = project.snapshot(words)
    pool, order = snapshot.pool, snapshot.audit_order[:30].tolist()
    names = {row: truth[pool.paths[row]] for row in order}
    grouped = [row for row in order if names[row] == "blue"]
    names |= dict.fromkeys(grouped, "cold")
    project.labels.add([Event(pool.ids[row], name) for row, name in names.items()], "ann", "test")
    snapshot = project.snapshot(words)
    predictions = predict(snapshot)
    for compared in (against_audit(predictions), against_labels(snapshot, predictions)):
        assert compared.evaluation.n == 30 - len(grouped)
        assert compared.groups is not None and set(compared.groups.rows) == set(grouped)
        (level,) = levels_of(snapshot, compared)
        assert level.n == 30
    # A truth may say so too; what trained the model is left out, whatever it was called.
    rest = dict.fromkeys(pool.paths, "cold") | {
        path: name for path, name in truth.items() if name != "blue"
    }
    compared = against_truth(snapshot, predictions, rest)
    (level,) = levels_of(snapshot, compared)
    assert (compared.left_out, level.n) == (30, 15) and compared.evaluation.n < 15
    assert compared.evaluation.labels == ["red", "green", "blue"]
    with pytest.raises(WinnowError, match="no class"):
        against_truth(snapshot, predictions, dict.fromkeys(pool.paths, "cold"))
