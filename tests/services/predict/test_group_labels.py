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


def test_random_images_with_a_group_are_judged_by_models_that_did_not_see_it(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = project.snapshot(WORDS)
    paths, order = snapshot.pool.paths, snapshot.audit_order[:30].tolist()
    names = {row: truth[paths[row]] for row in order}
    label(project, names | {row: "cold" for row in order[::2] if names[row] != "red"})
    snapshot = project.snapshot(WORDS)
    predictions = predict(snapshot)
    alone = [row for row in order if snapshot.nodes[row] == snapshot.tree.number["cold"]]
    assert predictions.audit_groups.tolist() == alone and len(alone) > 3
    assert len(predictions.audit) + len(alone) == 30
    assert predictions.unseen_groups.shape == (len(alone), 3)
    assert predictions.labeled.sum() == 30 and predictions.groups is not None
    # What was seen lies within the group; who did not see it may say otherwise.
    assert (predictions.probabilities[alone, 0] == 0).all()
    assert (predictions.unseen_groups[:, 0] > 0).all()


def test_without_a_label_of_a_group_nothing_is_kept_of_groups(project: Project) -> None:
    label(project, {0: "red", 1: "green"})
    predictions = predict(project.snapshot(WORDS))
    assert predictions.groups is None and len(predictions.audit_groups) == 0
    np.testing.assert_array_equal(predictions.labeled, predictions.human >= 0)
