"""What audit images carry: exact tails, thresholds for precision and recall, labels needed."""

import numpy as np
import pytest
from scipy.stats import binom

from core.learn.promises.outlook import labels_for_recall, labels_needed
from core.learn.promises.tails import allowed, passing, steps
from core.learn.promises.thresholds import (
    Threshold,
    carried,
    precision_threshold,
    recall_carried,
    recall_threshold,
)


def test_the_least_samples_are_those_of_the_textbook() -> None:
    assert (allowed(58, 0.95, 0.05), allowed(59, 0.95, 0.05)) == (-1, 0)
    assert (allowed(92, 0.95, 0.05), allowed(93, 0.95, 0.05)) == (0, 1)
    assert steps(130, 0.95, 0.05).tolist() == [59, 93, 124, 130]
    assert not len(steps(58, 0.95, 0.05))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.98])
def test_what_is_allowed_never_exceeds_the_risk_and_one_more_does(level: float) -> None:
    for n in range(0, 400, 7):
        most = allowed(n, level, 0.05)
        assert most < 0 or binom.cdf(most, n, 1 - level) <= 0.05
        assert binom.cdf(most + 1, n, 1 - level) > 0.05


def test_the_chance_to_pass_is_that_of_independent_mistakes() -> None:
    chances = passing(np.full(130, 0.02), np.array([59, 93]), 0.95, 0.05)
    assert chances == pytest.approx([0.98**59, binom.cdf(1, 93, 0.02)])


def test_clean_images_are_all_sorted_and_bad_ones_below_the_threshold_are_not() -> None:
    confidence = np.linspace(1.0, 0.3, 200)
    clean = precision_threshold(confidence, np.ones(200, bool), 0.95)
    assert (clean.value, clean.images, clean.wrong) == (0.0, 200, 0)
    right = confidence > 0.6  # the surest 114
    some = precision_threshold(confidence, right, 0.95)
    assert some.images == 93
    assert some.value is not None
    assert (confidence >= some.value).sum() == 93


def test_too_few_or_too_bad_images_carry_nothing() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(200)
    assert precision_threshold(confidence[:58], np.ones(58, bool), 0.95).value is None
    assert precision_threshold(confidence, rng.random(200) < 0.5, 0.95).value is None
    assert precision_threshold(confidence[:0], np.ones(0, bool), 0.95).value is None


def test_equal_probabilities_are_inside_together() -> None:
    confidence = np.array([1.0] * 150 + [0.5] * 50)
    right = np.array([True] * 150 + [False] * 50)
    threshold = precision_threshold(confidence, right, 0.95)
    # None of the sample sizes lies between two probabilities, so only all of them can be tested.
    assert threshold.value is None
    confidence[:150] = np.linspace(1.0, 0.9, 150)
    threshold = precision_threshold(confidence, right, 0.95)
    assert threshold.value is not None and 0.5 < threshold.value <= 0.94


def test_the_promise_fails_no_oftener_than_its_risk() -> None:
    failed = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        confidence = rng.beta(3, 1, 150)
        right = rng.random(150) < 0.1 + 0.9 * confidence
        threshold = precision_threshold(confidence, right, 0.9)
        if threshold.value is not None:
            many = rng.beta(3, 1, 20_000)
            inside = many >= threshold.value
            failed += (0.1 + 0.9 * many[inside]).clip(max=1).mean() < 0.9
    assert failed <= 20  # 5 % of 400


def test_no_larger_share_is_sorted_than_was_tested() -> None:
    threshold = precision_threshold(np.linspace(1, 0, 200), np.arange(200) < 100, 0.95)
    surer = np.linspace(1, 0.5, 1_000)
    value = carried(threshold, 200, surer)
    assert value is not None and threshold.value is not None and value > threshold.value
    assert (surer >= value).sum() == 1_000 * threshold.images // 200
    less_sure = np.linspace(0.6, 0.1, 1_000)
    assert carried(threshold, 200, less_sure) == threshold.value


def test_recall_lets_through_what_the_sample_allows() -> None:
    probability = np.linspace(0.0, 1.0, 60)
    threshold = recall_threshold(probability, 0.9)
    misses = allowed(60, 0.9, 0.05)
    assert threshold.wrong == misses > 0
    assert (probability >= (threshold.value or 0)).sum() == 60 - misses
    assert recall_threshold(probability[:28], 0.9).value is None


def test_recall_is_kept() -> None:
    failed = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        threshold = recall_threshold(rng.beta(2, 1, 50), 0.9)
        assert threshold.value is not None
        failed += 1 - threshold.value**2 < 0.9  # the share of a beta(2, 1) above it
    assert failed <= 24


def test_more_labels_are_needed_for_more_and_less_than_endless_ones_help() -> None:
    confidence = np.linspace(1.0, 0.6, 5_000)
    audited, right = np.linspace(1.0, 0.6, 20), np.ones(20, bool)
    needed = [labels_needed(confidence, audited, right, level) for level in (0.8, 0.9, 0.95)]
    assert needed[0] is not None and needed[1] is not None and needed[2] is not None
    assert 0 < needed[0] < needed[1] < needed[2]
    assert labels_needed(confidence, audited[:0], right[:0], 0.9) is not None
    assert labels_needed(np.full(500, 0.5), audited, ~right, 0.9) is None
    assert labels_needed(np.empty(0), audited, right, 0.9) is None


@pytest.mark.parametrize("level", [0.0, 1.0, 1.2])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        precision_threshold(np.ones(3), np.ones(3, bool), level)
    with pytest.raises(ValueError, match="shapes differ"):
        precision_threshold(np.ones(3), np.ones(2, bool), 0.9)


def test_no_smaller_share_reaches_the_threshold_of_a_recall_than_on_the_audit_images() -> None:
    audited = np.array([-1.0] * 50 + [0.4, 0.3, 0.2, 0.1] + [0.0] * 46)
    threshold = Threshold(0.2, 30, 0)  # reached by 3 of 100
    waiting = np.linspace(0.19, 0.0, 500)
    # Of a thousand 30 are to be inside, so the threshold falls to the 30th.
    value = recall_carried(threshold, audited, waiting, 1_000)
    assert value == waiting[29]
    assert recall_carried(threshold, audited, waiting + 0.5, 1_000) == 0.2
    assert recall_carried(threshold, audited, waiting[:10], 1_000) == 0.0
    assert recall_carried(Threshold(None, 3, 0), audited, waiting, 1_000) is None
    assert recall_carried(threshold, np.where(audited > 0, -1.0, audited), waiting, 1_000) == 0.2


def test_labels_that_a_recall_needs_are_those_of_a_clean_sample() -> None:
    assert labels_for_recall(0, 0.5, 0.9) == 60  # 29 of the class, at one in two
    assert labels_for_recall(28, 0.5, 0.9) == 5
    assert labels_for_recall(29, 0.5, 0.9) == 0
    assert labels_for_recall(0, 0.01, 0.9, most=1_000) is None
    assert labels_for_recall(0, 0.0, 0.9) is None


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_a_recall_is_kept_in_nineteen_of_twenty_draws(level: float) -> None:
    random, kept = np.random.default_rng(5), []
    everything = random.beta(2, 2, 20_000)
    for _ in range(400):
        threshold = recall_threshold(random.choice(everything, 60, replace=False), level)
        assert threshold.value is not None
        kept.append((everything >= threshold.value).mean() >= level)
    assert 0.94 <= np.mean(kept) <= 0.99
