"""The state of the collection, and which images come first."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.learn.predictions import Predictions
from core.learn.strategies import STRATEGIES
from core.project.project import Project
from core.services.label.outlook import SURE, _outlook, outlook
from core.services.label.queue import (
    STARTS,
    Asking,
    Queue,
    fill,
    next_images,
    shortened,
    strategy_now,
)
from core.services.label.tally import tally
from core.services.predict.predicting import predict
from core.store.labels.base import Event


def predictions(p: np.ndarray, human: list[int]) -> Predictions:
    given_class = np.array(human)
    assigned = np.where(given_class >= 0, given_class, p.argmax(axis=1))
    names = [f"class {k}" for k in range(p.shape[1])]
    return Predictions(names, p, p, given_class, assigned, "model", 0)


def test_a_state_by_hand() -> None:
    p = np.array([[0.95, 0.05, 0], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0, 0, 1]], np.float32)
    now = _outlook(predictions(p, [-1, -1, -1, 0]))
    assert now.open == 3
    assert now.sure == pytest.approx(1 / 3)
    assert now.margin == pytest.approx((0.9 + 0.3 + 0.7) / 3, abs=1e-6)
    assert now.shares == [0.75, 0.25, 0.0]
    done = _outlook(predictions(p, [0, 0, 1, 2]))
    assert (done.sure, done.margin, done.open) == (1.0, 1.0, 0)


@given(seed=st.integers(0, 999), n=st.integers(1, 30), k=st.integers(1, 6))
def test_shares_are_of_all_images_and_the_rest_is_between_0_and_1(
    seed: int, n: int, k: int
) -> None:
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.ones(k), n).astype(np.float32)
    now = _outlook(predictions(p, random.integers(-1, k, n).tolist()))
    assert sum(now.shares) == pytest.approx(1)
    assert 0 <= now.sure <= 1
    assert -1e-6 <= now.margin <= 1 + 1e-6


def test_the_state_follows_labels(project: Project) -> None:
    before = outlook(project.snapshot(), predict(project.snapshot()))
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(i, names[0]) for i in ids], "me", "test")
    snapshot = project.snapshot()
    after = outlook(snapshot, predict(snapshot))
    assert before.open == len(ids)
    assert (after.open, after.shares[0]) == (0, 1.0)
    assert 0 < SURE < 1


def test_answers_without_a_class_are_counted_and_never_asked_again(project: Project) -> None:
    ids = project.pool().ids
    kinds = ["skip", "unsure", "none", "none", "unusable"]
    batch = project.labels.add(
        [Event(i, None, kind) for i, kind in zip(ids, kinds, strict=False)],  # type: ignore[arg-type]
        "me", "test",
    )  # fmt: skip
    snapshot = project.snapshot()
    counted = tally(snapshot)
    assert (counted.skipped, counted.unsure, counted.none, counted.unusable) == (1, 1, 2, 1)
    assert counted.labeled == 0
    asked = next_images(snapshot, predict(snapshot), [], Asking("random", 55, 1))
    assert sorted(asked.rows.tolist()) == list(range(5, len(ids)))
    assert set(snapshot.audited.tolist()) <= set(range(5))  # they belong to the audit sample
    assert len(snapshot.audit) == 0
    project.labels.undo(batch, "me")
    assert tally(project.snapshot()) == tally(project.snapshot().with_labels({}))
    assert tally(project.snapshot()).none == 0


def test_an_image_of_a_removed_class_is_asked_again(project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(i, "a class that was removed") for i in ids], "me", "test")
    snapshot = project.snapshot()
    asked = next_images(snapshot, predict(snapshot), [], Asking("random", len(ids), 1))
    wanted = [ids[row] for row in asked.rows]
    assert len(wanted) == len(ids)
    assert project.labels.claim(wanted, "me", since=snapshot.labels.version[0]) == wanted


def test_an_answer_that_came_elsewhere_leaves_the_queue_and_audit_draws_go_on(
    project: Project,
) -> None:
    names, queue, drawn = project.classes().names, Queue([], frozenset()), 0
    for n in range(40):
        snapshot = project.snapshot()
        # Newer predictions after every answer, which itself is still in.
        queue = Queue(shortened(queue.ids, queue.audit, 6), queue.audit)
        asking = Asking("uherding", 12, snapshot.labels.version[0])
        queue = fill(snapshot, predict(snapshot), project.labels, queue, "me", asking)
        assert not [i for i in queue.ids if snapshot.is_answered[snapshot.pool.rows[i]]]
        drawn += queue.ids[0] in queue.audit
        project.labels.add([Event(queue.ids[0], names[n % len(names)])], "me", "test")
    assert drawn >= 5


def test_a_start_lasts_until_there_are_labels_enough() -> None:
    assert strategy_now("margin", "", 0, 43) == "margin"
    assert [strategy_now("margin", "typical", n, 43) for n in (0, 85, 86)] == [
        "typical", "typical", "margin",
    ]  # fmt: skip
    assert strategy_now("margin", "random", 19, 2) == "random"
    assert strategy_now("margin", "random", 20, 2) == "margin"
    assert {start for start in STARTS if start} <= set(STRATEGIES)


def test_typical_images_are_in_the_middle_of_many_and_unlike_each_other() -> None:
    random = np.random.default_rng(1)
    centres = np.linalg.qr(random.normal(size=(16, 16)))[0][:4]
    rows = np.repeat(np.arange(4), 40)
    vectors = centres[rows] + 0.15 * random.normal(size=(160, 16))
    odd = random.normal(size=(20, 16))  # of no group
    vectors = np.concatenate([vectors, odd])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    candidates = SimpleNamespace(
        rows=random.permutation(180), vectors=vectors, covered=np.empty(0, np.intp)
    )
    first = STRATEGIES["typical"].choose(candidates, 4)
    assert sorted(rows[first].tolist()) == [0, 1, 2, 3]
