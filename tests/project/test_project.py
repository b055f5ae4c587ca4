"""The project: predictions from prompts and labels, evaluated honestly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.store.labels.sqlite import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 45)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def test_prompts_alone_predict_exactly_zero_shot(project: Project, truth: dict[str, str]) -> None:
    predictions = project.predict(WORDS)
    zero = project.zero_shot(WORDS)
    assert predictions.model == "prompt"
    np.testing.assert_array_equal(predictions.assigned, zero.scores.argmax(axis=1))
    evaluation, left_out = project.evaluate(predictions, truth)
    assert (evaluation.accuracy, evaluation.n, left_out) == (1.0, 45, 0)


def test_labels_change_predictions_and_always_win(project: Project) -> None:
    pool = project.pool()
    before = project.predict(WORDS)
    wrong = (int(before.assigned[0]) + 1) % 3
    project.labels.add([Event(pool.ids[0], WORDS.names[wrong])], "ann", "test")
    after = project.predict(WORDS)
    assert after.model == "model"
    assert after.assigned[0] == wrong
    assert after.confidence()[0] == 1
    assert after.source(0) == "human"
    assert after.source(1) == "model"
    batch = project.labels.last_batch("ann")
    assert batch is not None
    project.labels.undo(batch, "ann")
    np.testing.assert_array_equal(project.predict(WORDS).probabilities, before.probabilities)


def test_evaluation_leaves_out_what_trained_the_model(
    project: Project, truth: dict[str, str]
) -> None:
    pool = project.pool()
    labels = {path: truth[path] for path in list(truth)[:6]}
    extra = project.labels_of_paths(labels, WORDS)
    evaluation, left_out = project.evaluate(project.predict(WORDS, extra=extra), truth)
    assert (evaluation.n, left_out) == (39, 6)
    everything = project.labels_of_paths(truth, WORDS)
    with pytest.raises(WinnowError, match="trained the model"):
        project.evaluate(project.predict(WORDS, extra=everything), truth)
    assert len(pool) == 45


def test_truth_outside_the_vocabulary_counts_as_missed(
    project: Project, truth: dict[str, str]
) -> None:
    two = Vocabulary.of({"red": ["red"], "green": ["green"]})
    evaluation, _ = project.evaluate(project.predict(two), truth)
    assert evaluation.labels == ["red", "green", "blue"]
    assert evaluation.accuracy == pytest.approx(2 / 3)
    with pytest.raises(WinnowError, match="None of the 1 paths"):
        project.evaluate(project.predict(two), {"nowhere.jpg": "red"})


def test_labels_that_cannot_be_used_are_said(project: Project, truth: dict[str, str]) -> None:
    path = next(iter(truth))
    with pytest.raises(WinnowError, match="not among the classes"):
        project.labels_of_paths({path: "purple"}, WORDS)
    with pytest.raises(WinnowError, match="None of the 1 paths"):
        project.labels_of_paths({"nowhere.jpg": "red"}, WORDS)
    assert len(project.labels_of_paths({path: "red", "nowhere.jpg": "red"}, WORDS)) == 1


def test_labels_of_removed_classes_take_no_part(project: Project) -> None:
    pool = project.pool()
    project.labels.add([Event(pool.ids[0], "purple"), Event("f" * 32, "red")], "ann", "test")
    predictions = project.predict(WORDS)
    assert predictions.outside == 1
    assert predictions.model == "prompt"


def test_renaming_a_class_takes_its_labels_along(project: Project) -> None:
    project.save_vocabulary(WORDS)
    project.labels.add([Event(project.pool().ids[0], "red")], "ann", "test")
    project.rename_class("red", " scarlet ", "ann")
    assert project.vocabulary().names == ["scarlet", "green", "blue"]
    assert list(project.labels.classes().values()) == ["scarlet"]
    with pytest.raises(WinnowError, match="twice"):
        project.rename_class("green", "blue", "ann")
    assert list(project.labels.classes().values()) == ["scarlet"]


def test_the_folders_own_prompts_are_taken_up_once(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", 3)
    (tmp_path / "images/prompts.yaml").write_text("classes:\n  a: [x]\n  b: [y]\n")
    project = Project.open(tmp_path / "images", tmp_path / "ws")
    assert project.use_folder_vocabulary()
    project.save_vocabulary(WORDS)
    assert not project.use_folder_vocabulary()
    assert project.vocabulary() == WORDS


def test_vectors_of_another_model_are_never_mixed(project: Project) -> None:
    project.use(ColourEncoder("colours-2"))
    with pytest.raises(WinnowError, match="another model"):
        project.predict(WORDS)


def test_without_vectors_the_way_out_is_said(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", 3)
    project = Project.open(tmp_path / "images", tmp_path / "ws")
    assert len(project.pool()) == 0
    with pytest.raises(WinnowError, match="Nothing is embedded yet"):
        project.predict(WORDS)


def test_results_are_kept_until_something_changes(project: Project, tmp_path: Path) -> None:
    first = project.predict(WORDS)
    assert project.predict(WORDS) is first
    write_pictures(tmp_path / "images" / "more", 4, seed=9)
    embed(project.workspace, ColourEncoder())
    assert len(project.predict(WORDS).assigned) == 49


def test_refinement_says_its_steps(project: Project, tmp_path: Path) -> None:
    assert project.predict(WORDS, refined=True).log == ()
    write_pictures(tmp_path / "images" / "more", 90, seed=9)
    embed(project.workspace, ColourEncoder())
    assert len(project.predict(WORDS, refined=True).log) == 10


def test_files_are_found_by_id_only(project: Project, tmp_path: Path) -> None:
    pool = project.pool()
    assert project.file_of(pool.ids[3]) == tmp_path / "images" / pool.paths[3]
    assert project.file_of("../../etc/passwd") is None
