"""Refinement looked at before it is used, and then used by all predictions of one question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import StorageError
from core.services.predict.predicting import learner, predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.refining import preview_refinement, use_refinement
from core.store import questions
from core.store.labels.base import Event

POOR = Vocabulary.of({"red": ["red green"], "green": ["green"], "blue": ["blue red green"]})


def pictures(tmp_path: Path, count: int) -> Project:
    folder = tmp_path / "pictures"
    truth = write_pictures(folder, count)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, project.collection.loaded)
    project.vocabulary_file.save_classes(POOR)
    snapshot = project.snapshot()
    rows = snapshot.audit_order[:40].tolist()
    paths, ids = snapshot.pool.paths, snapshot.pool.ids
    project.labels.add([Event(ids[row], truth[paths[row]]) for row in rows], "ann", "test")
    return project


def test_the_preview_says_what_flips_and_what_random_images_say(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path, 120).snapshot()
    seen = preview_refinement(snapshot)
    first = zero_shot(snapshot).scores.argmax(axis=1)
    second = zero_shot(snapshot, True).scores.argmax(axis=1)
    assert [step.iteration for step in seen.steps] == list(range(1, 11))
    assert seen.comparison.changed == int((first != second).sum())
    assert sum(len(flip.rows) for flip in seen.comparison.flips) == seen.comparison.changed
    rows = snapshot.audit
    assert seen.verdict.n == len(rows) == 40
    assert seen.verdict.before == int((first[rows] == snapshot.human[rows]).sum())
    assert seen.verdict.after == int((second[rows] == snapshot.human[rows]).sum())
    for name, (before, after) in seen.emptied.items():
        number = snapshot.names.index(name)
        assert (before, after) == ((first == number).sum(), (second == number).sum())


def test_few_images_are_not_refined(tmp_path: Path) -> None:
    seen = preview_refinement(pictures(tmp_path, 60).snapshot())
    assert (seen.steps, seen.comparison.changed, seen.emptied) == ((), 0, {})


def test_a_question_is_refined_until_it_is_not(tmp_path: Path) -> None:
    project = pictures(tmp_path, 120)
    plain = predict(project.snapshot())
    use_refinement(project.workspace, True)
    snapshot = project.snapshot()
    assert snapshot.refined and predict(snapshot).log
    assert predict(snapshot) is predict(snapshot, True)
    assert np.array_equal(predict(snapshot, False).probabilities, plain.probabilities)
    assert learner(snapshot) is learner(snapshot, True)
    assert snapshot.under(Vocabulary.of({"red": ["red"], "blue": ["blue"]})).refined
    asked = questions.add(project.workspace.root, "another")
    other = Project(project.workspace.asking(asked.slug), project.collection)
    assert not other.snapshot().refined  # it is the question's own
    use_refinement(project.workspace, False)
    use_refinement(project.workspace, False)
    assert not project.snapshot().refined and not predict(project.snapshot()).log


def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    project = pictures(tmp_path, 60)
    (project.workspace.root / "refined").mkdir()
    with pytest.raises(StorageError):
        use_refinement(project.workspace, False)
