"""Thresholds, other models and suspects on real pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.models.learner import Learner
from core.project.project import Project
from core.services.metrics.judging import (
    CONFIRMED,
    compare_models,
    cutoff_for,
    judge,
    still_open,
)
from core.services.metrics.truth import truth_file
from core.services.predict.predicting import predict
from core.store.labels.base import Event


@settings(max_examples=60)
@given(seed=st.integers(0, 999), n=st.integers(5, 200), target=st.floats(0.5, 0.95))
def test_what_lies_above_the_threshold_is_as_precise_as_promised(
    seed: int, n: int, target: float
) -> None:
    random = np.random.default_rng(seed)
    probability = random.integers(0, 20, n) / 20  # with ties
    truth = random.random(n) < probability
    cutoff = cutoff_for(truth, probability, probability, target)
    if cutoff.lowest is None:
        return
    above = probability >= cutoff.lowest
    assert above.sum() == cutoff.taken
    assert np.isclose(truth[above].mean(), cutoff.lowest_precision)
    assert cutoff.lowest_precision >= target
    assert np.isclose(truth[above].sum() / max(truth.sum(), 1), cutoff.lowest_recall)


def labeled(project: Project, wrong: int) -> list[str]:
    """Label every image by its truth, but for the first few; returns those."""
    truth, pool = truth_file(project.workspace.images) or {}, project.pool()
    names = project.classes().names
    events = []
    for place, (path, row) in enumerate(sorted(pool.rows_by_path.items())):
        name = truth[path]
        other = names[(names.index(name) + 1) % len(names)]
        events.append(Event(pool.ids[row], other if place < wrong else name))
    project.labels.add(events, "ann", "test")
    return [event.image_id for event in events[:wrong]]


def test_planted_mistakes_are_among_the_suspects(project: Project) -> None:
    planted = labeled(project, 4)
    snapshot = project.snapshot()
    judgement = judge(snapshot, predict(snapshot))
    assert judgement.labeled == 60
    suspects = [s.image_id for s in judgement.suspects]
    assert len(set(planted) & set(suspects)) >= 2
    assert [s.margin for s in judgement.suspects] == sorted(s.margin for s in judgement.suspects)


def test_all_models_are_judged_on_the_same_images(project: Project) -> None:
    labeled(project, 0)
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    rows = np.arange(0, 60, 2)
    scores = {s.kind: s for s in compare_models(snapshot, predictions, rows)}
    assert {s.n for s in scores.values()} == {30}
    assert (scores["fused"].better, scores["fused"].worse) == (0, 0)
    for score in scores.values():
        assert score.right == scores["fused"].right + score.better - score.worse
        assert score.low <= score.right / score.n <= score.high


def test_a_judgement_of_before_leaves_out_what_was_answered_since(project: Project) -> None:
    labeled(project, 6)
    snapshot = project.snapshot()
    judgement = judge(snapshot, predict(snapshot))
    first, second, *rest = judgement.suspects
    kept, changed = Event(first.image_id, first.label), Event(second.image_id, second.better)
    project.labels.add([kept, changed], "ann", source=CONFIRMED)
    after = project.snapshot()
    assert still_open(judgement, snapshot).suspects == judgement.suspects
    assert still_open(judgement, after).suspects == rest
    assert first.image_id not in [s.image_id for s in judge(after, predict(after)).suspects]


def test_what_the_two_views_share_is_worked_out_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    labeled(project, 0)
    snapshot, calls = project.snapshot(), []
    predictions = predict(snapshot)
    fitted = Learner.cross_fitted
    monkeypatch.setattr(
        Learner, "cross_fitted", lambda *of, **with_: calls.append(1) or fitted(*of, **with_)
    )
    judge(snapshot, predictions)
    scores = compare_models(snapshot, predictions, np.arange(60))
    assert len(calls) == 1 and scores[0].n == 60
