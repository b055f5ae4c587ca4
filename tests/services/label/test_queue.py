"""The queue when thousands of images are labeled: the choice compares only so many of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.project.pool import Pool
from core.project.project import Project
from core.services.label import queue
from core.services.predict.predicting import predict


@pytest.mark.parametrize(("most", "seen"), [(5, 5), (30, 12)])
def test_no_more_labeled_images_are_compared_than_can_be_afforded(
    monkeypatch: pytest.MonkeyPatch, most: int, seen: int
) -> None:
    ids = [f"{row:032x}" for row in range(40)]
    human = np.full(40, -1)
    human[:12] = np.arange(12) % 3
    snapshot = SimpleNamespace(
        pool=Pool(ids, [[]] * 40, "1", "encoder"),
        looks=np.eye(40, dtype=np.float32),
        answered=np.arange(12),
        human=human,
        labels=SimpleNamespace(codes=human, by_id={}),
        audit_order=np.arange(40),
    )
    predictions = SimpleNamespace(
        human=human, labeled=human >= 0, names=["a", "b", "c"], scores=None,
        probabilities=np.full((40, 3), 1 / 3),
    )  # fmt: skip
    compared: list[np.ndarray] = []

    def next_batch(probabilities, vectors, labeled, available, wanted, kind, **more):
        compared.append(labeled)
        assert more["counts"].tolist() == [4, 4, 4]  # of all labels
        return available[:wanted]

    monkeypatch.setattr(queue, "next_batch", next_batch)
    monkeypatch.setattr(queue, "_MOST_COVERED", most)
    batch = queue.next_images(snapshot, predictions, [], queue.Asking("uherding", 6, seed=3))
    assert len(batch.rows) == 6
    assert (batch.rows >= 12).all()
    assert compared
    assert all(len(set(rows.tolist())) == seen and (rows < 12).all() for rows in compared)


def test_what_may_be_chosen_is_narrowed_and_random_images_are_not(project: Project) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    only = np.zeros(len(snapshot), dtype=bool)
    only[::3] = True
    whole = queue.next_images(snapshot, predictions, [], queue.Asking("margin", 20, 0))
    batch = queue.next_images(snapshot, predictions, [], queue.Asking("margin", 20, 0, only))
    assert only[batch.rows[~batch.audit]].all() and (~batch.audit).any()
    assert batch.rows[batch.audit].tolist() == whole.rows[whole.audit].tolist()
    none = queue.Asking("margin", 20, 0, np.zeros(len(snapshot), dtype=bool))
    assert queue.next_images(snapshot, predictions, [], none).audit.all()


def test_only_random_images_are_those_of_the_audit_stream(project: Project) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    first = snapshot.audit_order[:3]
    taken = [snapshot.pool.ids[row] for row in first.tolist()]
    asking = queue.Asking(queue.RANDOM_ONLY, 12, seed=0)
    batch = queue.next_images(snapshot, predictions, taken, asking)
    assert batch.rows.tolist() == snapshot.audit_order[3:15].tolist()
    assert batch.audit.all()
    # A start for poor prompts does not stand before it.
    assert queue.strategy_now(queue.RANDOM_ONLY, "typical", 0, 10) == queue.RANDOM_ONLY
