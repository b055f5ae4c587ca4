"""Very many images: labeling works before look-alikes are there, and hears them afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.learn.large import graph
from core.project import pool as pools
from core.project.derived import Derived
from core.project.project import Project
from core.runtime.progress import Cancelled, Report
from core.runtime.rows import StoredRows
from core.services.data.duplicates import alike, groups_at_hand, groups_of
from core.services.label import queue as queues
from core.services.label.queue import Asking, Queue
from core.services.predict.many.behind import find_neighbours, recall_of
from core.services.predict.predicting import estimates, predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def many(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of a server for which any number of images is very many, with labels."""
    snapshot = project.snapshot()
    truth = read_labels(snapshot.workspace.images / "truth.csv")
    pool, rows = snapshot.pool, snapshot.audit_order[:40]
    project.labels.add([Event(pool.ids[r], truth[pool.paths[r]]) for r in rows], "ann", "test")
    monkeypatch.setattr(pools, "MANY", 0)
    opened = Project(project.workspace).use(project.encoder)
    opened.collection.behind = True
    return opened


def test_labeling_works_before_look_alikes_are_there(many: Project) -> None:
    snapshot = many.snapshot()
    assert isinstance(snapshot.looks, StoredRows) and snapshot.alike_key == (False,)
    predictions = predict(snapshot)
    assert predictions.model == "model"
    assert estimates(snapshot, predictions) is not None
    assert groups_at_hand(snapshot) is None and alike(snapshot, [3, 4]) == [[], []]
    asking = Asking("uherding", 12, 0)
    queue = queues.fill(snapshot, predictions, many.labels, Queue([], frozenset()), "me", asking)
    assert len(set(queue.ids)) == 12
    assert not snapshot.is_answered[snapshot.pool.rows_of(queue.ids)].any()
    assert "vectors" not in vars(snapshot.pool)


def test_look_alikes_count_once_they_are_there(many: Project) -> None:
    snapshot = many.snapshot()
    before = predict(snapshot)
    recall = find_neighbours(snapshot, Report())
    after = many.snapshot()
    assert after.alike_key == (True,) and recall_of(after) == recall > 0.9
    now = predict(after)
    assert now is not before
    assert not np.array_equal(now.probabilities, before.probabilities)
    groups_of(after)
    assert groups_at_hand(after) is not None


def test_a_search_that_was_stopped_goes_on_and_leaves_no_parts(
    many: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "_PART", 20)
    snapshot, report = many.snapshot(), Report()
    folder = snapshot.derived.path(snapshot.neighbours_name).parent
    real = Derived.write

    def stopping(self: Derived, name: str, content: Any) -> None:
        real(self, name, content)
        report.cancel()

    with monkeypatch.context() as stop:
        stop.setattr(Derived, "write", stopping)
        with pytest.raises(Cancelled):
            find_neighbours(snapshot, report)
    assert len(list(folder.glob("*.npy"))) == 1 and many.snapshot().alike_key == (False,)
    monkeypatch.setattr(graph, "_PART", 20)
    find_neighbours(many.snapshot(), Report())
    assert [path.name for path in folder.glob("*.npy")] == [Path(snapshot.neighbours_name).name]
    assert many.snapshot().alike_key == (True,)


def test_it_ends_where_few_images_would(
    many: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_neighbours(many.snapshot(), Report())
    several = predict(many.snapshot()).probabilities
    monkeypatch.setattr(pools, "MANY", 10**6)
    few = predict(Project(project.workspace).use(project.encoder).snapshot()).probabilities
    assert (several.argmax(axis=1) == few.argmax(axis=1)).mean() > 0.98
    assert np.abs(several - few).mean() < 0.01


def test_who_is_no_server_finds_them_at_once(many: Project) -> None:
    many.collection.behind = False
    snapshot = many.snapshot()
    assert snapshot.alike_key == ()
    predict(snapshot)
    assert snapshot.derived.path(snapshot.neighbours_name).exists()
