"""Why an image is predicted as it is: by which prompt, and by which labeled images."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import NONE_PROMPT, Vocabulary
from core.services.label.reasons import explain
from core.services.metrics.comparison import against_truth
from core.services.metrics.confusions import confusions_json, top_confusions
from core.services.predict.predicting import predict
from core.store.labels.base import Event

CLASSES = Vocabulary.of({"red": ["red", "a rose"], "green": ["green"]})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    truth = write_pictures(tmp_path / "images", 45)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    project.use(ColourEncoder())
    pool = project.pool()
    events = [
        Event(pool.ids[row], truth[pool.paths[row]])
        if truth[pool.paths[row]] in CLASSES.names
        else Event(pool.ids[row], None, "none")
        for row in range(18)
    ]
    project.labels.add(events, "ann", "test")
    return project


def test_the_best_prompt_of_the_class_and_the_nearest_labels(project: Project) -> None:
    snapshot = project.snapshot(CLASSES)
    predictions = predict(snapshot)
    assert explain(snapshot, predictions, []) == []
    for row, reason in zip(range(20), explain(snapshot, predictions, range(20)), strict=True):
        assert reason.prompt in dict(CLASSES.classes)[predictions.names[predictions.assigned[row]]]
        assert len(reason.neighbours) == 3 and row not in dict(reason.neighbours)


def test_a_class_without_prompts_is_explained_by_labels_alone(project: Project) -> None:
    snapshot = project.snapshot(CLASSES.with_none("other"))
    predictions = predict(snapshot)
    rows = (predictions.assigned == 2).nonzero()[0][:5]
    assert len(rows)
    for reason in explain(snapshot, predictions, rows.tolist()):
        assert reason.prompt == "" and reason.neighbours
    truth = dict.fromkeys(snapshot.pool.paths, "other")
    mixed = top_confusions(snapshot, against_truth(snapshot, predictions, truth))
    told = str(confusions_json(snapshot, mixed))
    assert NONE_PROMPT not in told and "'true_prompt': ''" in told
