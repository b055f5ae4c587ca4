"""The queue when thousands of images are labeled: the choice compares only so many of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.project.pool import Pool
from core.services.label import queue


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
        human=human, names=["a", "b", "c"], scores=None, probabilities=np.full((40, 3), 1 / 3)
    )
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
