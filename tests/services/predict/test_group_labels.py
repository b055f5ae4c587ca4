"""Labels of groups of classes: they count, they teach, and a prediction never contradicts one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.store.labels.base import Event

FLAT = {"red": ["a red thing"], "green": ["green"], "blue": ["blue"]}
PARENTS = {"green": "cold", "blue": "cold"}
WORDS = Vocabulary.of(FLAT).in_groups([("cold", [], "")], PARENTS)
# Prompts that say nothing: what is known comes from labels alone.
VAGUE = Vocabulary.of({name: ["a thing"] for name in FLAT}).in_groups([("cold", [], "")], PARENTS)


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 60)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def label(project: Project, names: dict[int, str]) -> None:
    ids = project.pool().ids
    project.labels.add([Event(ids[row], name) for row, name in names.items()], "ann", "test")


def test_a_group_is_an_answer_and_the_prediction_stays_within_it(project: Project) -> None:
    before = predict(project.snapshot(WORDS))
    row = int(np.flatnonzero(before.assigned == 0)[0])  # red by its prompt
    label(project, {row: "cold"})
    snapshot = project.snapshot(WORDS)
    after = predict(snapshot)
    assert snapshot.is_answered[row] and snapshot.outside == 0
    assert after.assigned[row] in (1, 2) and after.human[row] == -1
    assert after.probabilities[row, 0] == 0
    np.testing.assert_allclose(after.probabilities.sum(axis=1), 1, atol=1e-5)
    flat = project.snapshot(Vocabulary.of(FLAT))  # without the group, its label says nothing
    assert flat.outside == 1 and not flat.is_answered[row]


def test_labels_of_a_group_teach_what_is_in_it(project: Project, truth: dict[str, str]) -> None:
    paths = project.pool().paths
    warm = np.array([truth[path] == "red" for path in paths])
    names = {int(row): "red" for row in np.flatnonzero(warm)[:6]}
    names |= {int(row): "cold" for row in np.flatnonzero(~warm)[:12]}
    label(project, names)
    predictions = predict(project.snapshot(VAGUE))
    unseen = np.setdiff1d(np.arange(len(paths)), list(names))
    is_warm = predictions.probabilities[:, 0] > 0.5
    assert (is_warm == warm)[unseen].mean() > 0.9


def test_labels_of_classes_alone_give_what_they_give_without_groups(project: Project) -> None:
    label(project, {0: "red", 1: "green", 2: "blue", 3: "green"})
    with_groups = predict(project.snapshot(WORDS))
    without = predict(project.snapshot(Vocabulary.of(FLAT)))
    order = [with_groups.names.index(name) for name in without.names]
    np.testing.assert_array_equal(with_groups.probabilities[:, order], without.probabilities)
