"""Thresholds, other models and suspects on real pictures."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.project import Project
from core.services.metrics.judging import compare_models, judge, threshold_for
from core.services.metrics.truth import truth_file
from core.store.labels.sqlite import Event


@settings(max_examples=60)
@given(seed=st.integers(0, 999), n=st.integers(5, 200), target=st.floats(0.5, 0.95))
def test_what_lies_above_the_threshold_is_as_precise_as_promised(
    seed: int, n: int, target: float
) -> None:
    random = np.random.default_rng(seed)
    probability = random.integers(0, 20, n) / 20  # with ties
    truth = random.random(n) < probability
    found = threshold_for(truth, probability, probability, target)
    if found.chosen is None:
        return
    above = probability >= found.chosen
    assert above.sum() == found.taken
    assert np.isclose(truth[above].mean(), found.chosen_precision)
    assert found.chosen_precision >= target
    assert np.isclose(truth[above].sum() / max(truth.sum(), 1), found.chosen_recall)


def labeled(project: Project, wrong: int) -> list[str]:
    """Label every image by its truth, but for the first few; returns those."""
    truth, pool = truth_file(project.workspace.images) or {}, project.pool()
    names = project.vocabulary().names
    events = []
    for place, (path, row) in enumerate(sorted(pool.row_of_path().items())):
        name = truth[path]
        other = names[(names.index(name) + 1) % len(names)]
        events.append(Event(pool.ids[row], other if place < wrong else name))
    project.labels.add(events, "ann", "test")
    return [event.image_id for event in events[:wrong]]


def test_planted_mistakes_are_among_the_suspects(project: Project) -> None:
    planted = labeled(project, 4)
    vocabulary = project.vocabulary()
    found = judge(project, vocabulary, project.predict(vocabulary))
    assert found.labeled == 60
    suspects = [s.image_id for s in found.suspects]
    assert len(set(planted) & set(suspects)) >= 2
    assert [s.margin for s in found.suspects] == sorted(s.margin for s in found.suspects)


def test_all_models_are_judged_on_the_same_images(project: Project) -> None:
    labeled(project, 0)
    vocabulary = project.vocabulary()
    predictions = project.predict(vocabulary)
    rows = np.arange(0, 60, 2)
    scores = {s.kind: s for s in compare_models(project, vocabulary, predictions, rows)}
    assert {s.n for s in scores.values()} == {30}
    assert (scores["fused"].better, scores["fused"].worse) == (0, 0)
    for score in scores.values():
        assert score.right == scores["fused"].right + score.better - score.worse
        assert score.low <= score.right / score.n <= score.high
