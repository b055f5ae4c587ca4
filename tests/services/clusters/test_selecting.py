"""Selected images come in the order in which they deserve a look."""

from __future__ import annotations

import numpy as np

from core.project.project import Project
from core.services.clusters.selecting import least_probable_first
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.labels.base import Event


def test_the_least_probable_come_first_and_the_labeled_last(project: Project) -> None:
    pool, name = project.pool(), project.classes().names[0]
    project.labels.add([Event(pool.ids[row], name) for row in (3, 9)], "ann", "test")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    ids = [*pool.ids[5:20], pool.ids[3]]
    ordered = least_probable_first(snapshot, predictions, ids)
    assert sorted(ordered) == sorted(ids)
    rows = pool.rows_of(ordered)
    assert set(rows[-2:]) == {3, 9}
    sure = predictions.probabilities[rows[:-2], predictions.assigned[rows[:-2]]]
    assert (np.diff(sure) >= 0).all() and sure[0] < sure[-1]
    assert least_probable_first(snapshot, predictions, []) == []


def test_a_label_of_a_group_is_a_label(project: Project) -> None:
    put_in_group(project.vocabulary_file, project.classes().names[:2], "both")
    ids = project.pool().ids
    project.labels.add([Event(ids[4], "both")], "ann", "test")
    snapshot = project.snapshot()
    ordered = least_probable_first(snapshot, predict(snapshot), ids[:12])
    assert ordered[-1] == ids[4]
