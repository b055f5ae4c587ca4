"""The counts that a page shows at once are those of the plan that is made later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.learn.predictions import Predictions
from core.learn.tree.class_tree import ClassTree
from core.project.pool import Pool
from core.prompts.vocabulary import Vocabulary
from core.services.export import runs
from core.services.export.summary import summary
from core.store.catalog import ImageRow

NAMES = ["cat", "dog", "n/a"]


@st.composite
def predicted(draw) -> tuple[Pool, Predictions]:
    """A pool with exact duplicates, and predictions with ties and with labels."""
    copies = draw(st.lists(st.integers(1, 3), min_size=1, max_size=12))
    seeds = st.integers(0, 2**32 - 1)
    random = np.random.default_rng(draw(seeds))
    human = random.integers(-1, len(NAMES), len(copies))
    human[random.random(len(copies)) < 0.6] = -1
    # Few distinct values: thresholds are met exactly, and first and second tie.
    raw = random.integers(1, 5, (len(copies), len(NAMES))).astype(np.float32)
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    files = [
        [
            ImageRow(f"{i}/{j}.jpg", int(random.integers(1, 99)), 0, id=f"{i:032x}")
            for j in range(count)
        ]
        for i, count in enumerate(copies)
    ]
    ids = [rows[0].id for rows in files]
    pool = Pool(ids, files, "v", "e", rows={i: n for n, i in enumerate(ids)})
    assigned = np.where(human >= 0, human, probabilities.argmax(axis=1))
    zero = np.zeros_like(probabilities)
    return pool, Predictions(NAMES, probabilities, zero, human, assigned, "model", 0)


class Moment(SimpleNamespace):
    """What a plan asks of a snapshot."""

    def __len__(self) -> int:
        return len(self.pool)

    def remember(self, kind: str, key: Any, make: Callable[[], Any], keep: int) -> Any:
        return make()


def moment(pool: Pool, predictions: Predictions) -> Any:
    labels = SimpleNamespace(conflicts=np.zeros(len(pool), dtype=bool), key=())
    return Moment(
        pool=pool, labels=labels, workspace=None, classes=Vocabulary(), nodes=predictions.human,
        tree=ClassTree.of(predictions.names, {}),
    )  # fmt: skip


@given(predicted(), st.data())
def test_a_summary_counts_what_the_plan_will_hold(made, data) -> None:
    pool, predictions = made
    # Thresholds at the very values that occur, where a rounding would show.
    values = [float(v) for v in {*predictions.assigned_probability(), *predictions.margin()}]
    share = st.none() | st.sampled_from(values).filter(lambda v: 0 < v < 1)
    below, margin = data.draw(share), data.draw(share)
    finite = [v for v in predictions.ratio().tolist() if np.isfinite(v)]
    ratio = data.draw(st.none() | st.sampled_from([1.0, 1.5, *finite]))
    doubts = data.draw(st.none() | st.just(["two"] + [None] * (len(pool) - 1)))
    options = runs.options("copy", None, below, 0, margin, ["folders"], review_ratio=ratio)
    snapshot = moment(pool, predictions)
    plan = runs.plan(snapshot, predictions, [], options, None, doubts)
    counted = summary(snapshot, predictions, options, doubts)
    assert counted.files == len(plan.items)
    assert counted.bytes_total == plan.bytes_total
    assert counted.counts == plan.counts
    assert counted.review == plan.review
    sent = {item.assignment.id for item in plan.items if item.review}
    assert {pool.ids[row] for row in np.flatnonzero(counted.unsure)} == sent


@given(predicted())
def test_the_examples_are_the_least_certain_of_the_class_folder(made) -> None:
    pool, predictions = made
    options = runs.options("copy", None, 0.4, 0, None, ["folders"])
    counted = summary(moment(pool, predictions), predictions, options)
    for k, name in enumerate(NAMES):
        rows = counted.least_certain(name, 3)
        inside = np.flatnonzero((predictions.assigned == k) & ~counted.unsure)
        assert set(rows) <= set(inside) and len(rows) == min(3, len(inside))
        sure = predictions.assigned_probability()
        assert sorted(sure[rows]) == sorted(sure[inside])[: len(rows)]


def test_the_margin_is_the_lead_over_the_second_class() -> None:
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], np.float32)
    human = np.array([-1, 0])
    predictions = Predictions(
        NAMES, probabilities, probabilities, human, np.array([0, 0]), "model", 0
    )
    np.testing.assert_allclose(predictions.margin(), [0.2, 1.0], rtol=1e-6)
    alone = replace(predictions, names=["cat"], probabilities=np.ones((2, 1), np.float32))
    np.testing.assert_array_equal(alone.margin(), [1.0, 1.0])


def test_the_ratio_is_how_many_times_the_second_class() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [1, 0, 0], [0.4, 0.4, 0.2]])
    human = np.array([-1, 0, -1, -1])
    predictions = Predictions(
        NAMES, probabilities, probabilities, human, np.array([0, 0, 0, 0]), "model", 0
    )
    np.testing.assert_allclose(predictions.ratio(), [2, np.inf, np.inf, 1])
    alone = replace(predictions, names=["cat"], probabilities=np.ones((4, 1), np.float32))
    np.testing.assert_array_equal(alone.ratio(), np.inf)
    unknown = replace(predictions, probabilities=np.full((4, 3), np.nan))
    assert not (unknown.ratio() >= 1)[human < 0].any()
