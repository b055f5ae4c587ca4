"""Predictions from prompts and labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.metrics.comparison import against_truth
from core.services.predict.predicting import predict
from core.services.predict.zero_shot import zero_shot
from core.store.labels.base import Event

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
    predictions = predict(project.snapshot(WORDS))
    zero = zero_shot(project.snapshot(WORDS))
    assert predictions.model == "prompt"
    np.testing.assert_array_equal(predictions.assigned, zero.scores.argmax(axis=1))
    compared = against_truth(project.snapshot(WORDS), predictions, truth)
    evaluation = compared.evaluation
    assert (evaluation.accuracy, evaluation.n, compared.left_out) == (1.0, 45, 0)


def test_labels_change_predictions_and_always_win(project: Project) -> None:
    pool = project.pool()
    before = predict(project.snapshot(WORDS))
    wrong = (int(before.assigned[0]) + 1) % 3
    batch = project.labels.add([Event(pool.ids[0], WORDS.names[wrong])], "ann", "test")
    after = predict(project.snapshot(WORDS))
    assert after.model == "model"
    assert after.assigned[0] == wrong
    assert after.assigned_probability()[0] == 1
    assert after.source(0) == "human"
    assert after.source(1) == "model"
    project.labels.undo(batch, "ann")
    np.testing.assert_array_equal(
        predict(project.snapshot(WORDS)).probabilities, before.probabilities
    )


def test_labels_of_removed_classes_take_no_part(project: Project) -> None:
    pool = project.pool()
    project.labels.add([Event(pool.ids[0], "purple"), Event("f" * 32, "red")], "ann", "test")
    predictions = predict(project.snapshot(WORDS))
    assert predictions.outside == 1
    assert predictions.model == "prompt"


def test_vectors_of_another_model_are_never_mixed(project: Project) -> None:
    project.use(ColourEncoder("colours-2"))
    with pytest.raises(WinnowError, match="another model"):
        predict(project.snapshot(WORDS))


def test_without_vectors_the_way_out_is_said(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", 3)
    project = Project.open(tmp_path / "images", tmp_path / "ws")
    assert len(project.pool()) == 0
    with pytest.raises(WinnowError, match="Nothing is embedded yet"):
        predict(project.snapshot(WORDS))


def test_results_are_kept_until_something_changes(project: Project, tmp_path: Path) -> None:
    first = predict(project.snapshot(WORDS))
    assert predict(project.snapshot(WORDS)) is first
    write_pictures(tmp_path / "images" / "more", 4, seed=9)
    embed(project.workspace, ColourEncoder())
    assert len(predict(project.snapshot(WORDS)).assigned) == 49


def test_refinement_says_its_steps(project: Project, tmp_path: Path) -> None:
    assert predict(project.snapshot(WORDS), refined=True).log == ()
    write_pictures(tmp_path / "images" / "more", 90, seed=9)
    embed(project.workspace, ColourEncoder())
    assert len(predict(project.snapshot(WORDS), refined=True).log) == 10


def test_scores_after_edits_and_new_images_are_those_of_a_fresh_start(
    project: Project, tmp_path: Path
) -> None:
    words = WORDS
    for turn, prompt in enumerate(["crimson", "a red thing", "scarlet", "a red thing"]):
        words = Vocabulary.of(words.prompts() | {"red": [prompt]})
        if turn == 2:
            write_pictures(tmp_path / "images/more", 9, seed=4)
            embed(project.workspace, ColourEncoder())
        if turn == 3:
            words = Vocabulary(words.classes[::-1])
        seen = zero_shot(project.snapshot(words))
        fresh = Project.open(tmp_path / "images", tmp_path / "workspace").use(ColourEncoder())
        alone = zero_shot(fresh.snapshot(words))
        np.testing.assert_allclose(seen.scores, alone.scores, atol=1e-6)
        np.testing.assert_array_equal(seen.scores.argmax(axis=1), alone.scores.argmax(axis=1))
        assert abs(seen.temperature / alone.temperature - 1) < 1e-4
