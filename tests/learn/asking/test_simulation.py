"""Simulated labeling: budgets, the audit stream, honesty of the figures, and the usual recipe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clouds import clouds

from core.learn.asking.simulation import Plan, Point, Scene, plan_of, play, play_runs
from core.learn.comparison_models import MODELS
from core.learn.models.neighbourhood import knn_graph
from core.runtime.progress import Cancelled, Report

KINDS = list(MODELS)


def scene(seed: int = 0, n: int = 120, heldout: int = 0) -> Scene:
    vectors, logits, truth = clouds(seed, n)
    return Scene(vectors, logits, truth, logits, knn_graph(vectors), np.arange(heldout))


def points(kind: str, *budgets: int, at: Scene | None = None, **more) -> list[Point]:
    return list(play(at or scene(), plan_of(budgets, kind, **more), seed=3))


def figures(point: Point) -> list[object]:
    """A point without its clock and its arrays."""
    left_out = ("seconds", "audit", "labeled")
    return [value for key, value in vars(point).items() if key not in left_out]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_repeatable_and_counts_every_label(kind: str) -> None:
    first, second = points(kind, 0, 7, 20, 33), points(kind, 0, 7, 20, 33)
    assert [point.labels for point in first] == [0, 7, 20, 33]
    for one, other in zip(first, second, strict=True):
        assert figures(one) == figures(other)
        assert len(set(one.labeled)) == one.labels
        assert np.array_equal(one.labeled, other.labeled)


@pytest.mark.parametrize("kind", KINDS)
def test_without_labels_every_model_is_zero_shot_and_states_nothing(kind: str) -> None:
    at = scene(heldout=40)
    right = at.logits.argmax(axis=1) == at.truth
    point = points(kind, 0, at=at)[0]
    assert point.accuracy == pytest.approx(right[40:].mean())
    assert point.heldout_accuracy == pytest.approx(right[:40].mean())
    assert (point.estimate, point.low, point.high) == (None, None, None)


def test_prompts_alone_gain_nothing_from_labels() -> None:
    # Were the labeled images counted as right, or left out, this would seem to learn.
    runs = points("zero-shot", 0, 20, 60, query="margin")
    assert len({point.accuracy for point in runs}) == 1


def test_the_audit_stream_is_the_same_for_every_model_and_takes_its_share() -> None:
    streams = [points(kind, 50)[0].audit for kind in ("fused", "lr-cv", "zero-shot")]
    for stream in streams:
        assert len(stream) >= 10
        assert np.array_equal(stream[:10], streams[0][:10])
    point = points("fused", 50)[0]
    assert set(point.audit) <= set(point.labeled)
    assert point.low <= point.estimate <= point.high
    none = points("fused", 50, audit_share=0.0)[0]
    assert len(none.audit) == 0 and none.estimate is None
    every = points("fused", 50, audit_share=1.0)[0]
    assert np.array_equal(np.sort(every.audit), np.sort(every.labeled))


def test_a_whole_population_audited_is_known_exactly() -> None:
    point = points("zero-shot", 120, audit_share=1.0)[0]
    assert point.estimate == point.low == point.high == point.accuracy


def test_the_cheap_measure_is_on_held_out_images() -> None:
    plan = replace(plan_of([30], "lr"), crossfit=False)
    cheap = next(play(scene(heldout=40), plan, 3))
    assert cheap.accuracy == cheap.heldout_accuracy
    assert cheap.estimate is None
    whole = points("lr", 30, at=scene(heldout=40))[0]
    assert np.array_equal(whole.labeled, cheap.labeled)
    assert whole.heldout_accuracy == cheap.heldout_accuracy
    with pytest.raises(ValueError, match="nothing to measure"):
        next(play(scene(), plan, 3))


def test_held_out_images_are_never_asked_about() -> None:
    for kind in KINDS:
        point = points(kind, 60, at=scene(heldout=50))[0]
        assert point.labeled.min() >= 50


@pytest.mark.parametrize("kind", ["fused", "recipe"])
def test_nothing_is_known_of_a_truth_that_was_not_asked(kind: str) -> None:
    at = scene()
    honest = points(kind, 40, at=at)[0]
    other = at.truth.copy()
    unasked = np.setdiff1d(np.arange(120), honest.labeled)
    other[unasked] = (other[unasked] + 1) % 3
    assert np.array_equal(points(kind, 40, at=replace(at, truth=other))[0].labeled, honest.labeled)


def test_the_usual_recipe_starts_at_random_and_goes_on_by_margin() -> None:
    from sklearn.linear_model import LogisticRegression

    at = scene()
    assert plan_of([20], "recipe") == Plan((20,), "recipe", "margin", 10, 0.0, 10)
    order = points("recipe", 5, 20)[-1].labeled
    start, rest = order[:10], np.setdiff1d(np.arange(120), order[:10])
    regression = LogisticRegression(C=1, max_iter=2000).fit(at.vectors[start], at.truth[start])
    chances = np.sort(regression.predict_proba(at.vectors[rest]), axis=1)
    margins = dict(zip(rest, chances[:, -1] - chances[:, -2], strict=True))
    # Three places in ten go to classes that have fewer than two labels, if any has.
    short = (np.bincount(at.truth[start], minlength=3) < 2).any()
    asked = sorted(margins[row] for row in order[10:])
    least = sorted(margins.values())
    assert not short
    np.testing.assert_allclose(asked, least[:10], atol=2e-3)


def test_a_queue_of_another_make() -> None:
    calls = []

    def ask(prediction, labeled, available, classes, size, seed):
        calls.append((len(labeled), size))
        assert len(classes) == len(labeled) and not set(labeled) & set(available)
        assert prediction.probabilities.shape == (120, 3)
        return available[-size:]

    plan = plan_of([30], "lr", audit_share=0.2)
    point = next(play(scene(), plan, 0, ask=ask))
    assert calls == [(2, 8), (12, 8), (22, 8)]
    assert point.labels == 30
    nothing = plan_of([30], "lr", audit_share=0.0)
    with pytest.raises(ValueError, match="chose nothing after 0"):
        next(play(scene(), nothing, 0, ask=lambda *_: np.empty(0, np.intp)))


class Heard(Report):
    """A report that remembers its steps and asks to stop at some number of labels."""

    def __init__(self, stop_at: int) -> None:
        super().__init__()
        self.steps: list[tuple[int, int, str]] = []
        self._stop_at = stop_at

    def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        self.steps.append((done, total, note))
        if done >= self._stop_at:
            self.cancel()
        super().step(name, done, total, note)


def test_progress_is_reported_after_every_round_and_may_stop_it() -> None:
    report = Heard(20)
    with pytest.raises(Cancelled):
        play_runs(scene(), plan_of([0, 15, 60], "zero-shot"), 2, report=report)
    assert [done for done, _, _ in report.steps] == [10, 15, 25]
    assert {total for _, total, _ in report.steps} == {120}
    assert all(note.startswith("run 1 of 2, accuracy ") for _, _, note in report.steps)


def test_runs_one_after_the_other_are_those_played_alone() -> None:
    plan, report = plan_of([0, 12], "lr"), Heard(10**9)
    both = play_runs(scene(), plan, 2, heldout=30, report=report)
    assert [(point.seed, point.labels) for point in both] == [(0, 0), (0, 12), (1, 0), (1, 12)]
    assert [done for done, _, _ in report.steps] == [10, 12, 22, 24]
    for seed in range(2):
        apart = np.random.default_rng([seed, 1]).permutation(120)[:30]
        alone = list(play(replace(scene(), heldout=apart), plan, seed))
        for one, other in zip(both[2 * seed :], alone, strict=False):
            assert figures(one) == figures(other)
            assert not set(one.labeled) & set(apart)


def test_plans_and_budgets_that_cannot_be() -> None:
    for budgets in ([], [-1], [5, 5], [10, 5]):
        with pytest.raises(ValueError, match="budgets must rise"):
            plan_of(budgets)
    with pytest.raises(ValueError, match="at least one"):
        plan_of([5], batch_size=0)
    with pytest.raises(ValueError, match="share"):
        plan_of([5], audit_share=1.5)
    with pytest.raises(ValueError, match="queue called 'nearest'"):
        plan_of([5], query="nearest")
    with pytest.raises(ValueError, match="model called 'forest'"):
        plan_of([5], "forest")
    with pytest.raises(ValueError, match="121 for 120"):
        points("zero-shot", 121)


def test_labels_help() -> None:
    runs = [points("fused", 0, 40, at=scene(seed, 300)) for seed in range(3)]
    gains = [run[1].accuracy - run[0].accuracy for run in runs]
    assert min(gains) > 0.05
