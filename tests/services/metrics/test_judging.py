"""Thresholds, other models and suspects on real pictures."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.project import Project
from core.services.metrics.judging import compare_models, cutoff_for, judge
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
