"""Intervals of shares: exact values, and how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from core.learn.judging.estimates import estimate
from core.learn.judging.intervals import paired_interval, share_interval

ACCURACIES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99]
SIZES = [10, 20, 30, 60, 100, 200, 500]


@pytest.mark.parametrize(("hits", "n"), [(81, 263), (15, 148), (0, 20), (1, 29), (9, 10), (20, 20)])
def test_equals_scipys(hits, n):
    theirs = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert share_interval(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_seen_says_nothing_and_nonsense_is_refused():
    assert share_interval(0, 0) == (0.0, 1.0)
    for hits, n, level in [(-1, 3, 0.95), (4, 3, 0.95), (1, 3, 0.0), (1, 3, 1.0)]:
        with pytest.raises(ValueError):
            share_interval(hits, n, level)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.5, 0.98))
def test_holds_the_share_mirrors_and_widens_with_level(hits, misses, level):
    low, high = share_interval(hits, hits + misses, level)
    share = hits / (hits + misses) if hits + misses else 0.5
    assert 0 <= low <= share <= high <= 1 and low < high
    assert share_interval(misses, hits + misses, level) == pytest.approx((1 - high, 1 - low))
    wider = share_interval(hits, hits + misses, level + 0.01)
    assert wider[0] <= low + 1e-12 and high <= wider[1] + 1e-12


@given(st.floats(0, 500), st.floats(1e-3, 500))
def test_numbers_that_are_not_whole_are_taken(hits, misses):
    n = hits + misses
    low, high = share_interval(hits, n)
    assert 0 <= low <= hits / n <= high <= 1 and low < high


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_holds_the_truth_nineteen_times_of_twenty(accuracy, n):
    """Over all outcomes, by their chances: no simulation is needed."""
    chances = binom.pmf(np.arange(n + 1), n, accuracy)
    spans = np.array([share_interval(hits, n) for hits in range(n + 1)])
    covered = chances[(spans[:, 0] <= accuracy) & (accuracy <= spans[:, 1])].sum()
    assert 0.95 <= covered <= 1.0


@pytest.mark.parametrize("n", SIZES)
def test_reaches_one_when_nothing_was_wrong_and_nearly_so_with_one_error(n):
    assert share_interval(n, n)[1] == 1.0
    assert share_interval(n - 1, n)[1] > 1 - 0.05 / n


@pytest.mark.parametrize("accuracy", ACCURACIES)
@pytest.mark.parametrize(("n", "population"), [(10, 40), (10, 5000), (50, 100), (200, 1000)])
def test_the_stated_accuracy_holds_that_of_the_collection(accuracy, n, population):
    """Draws without replacement, as the audit stream makes them, through the estimate itself."""
    right = np.arange(population) < round(accuracy * population)
    rng = np.random.default_rng([n, population])
    sums = rng.hypergeometric(right.sum(), population - right.sum(), n, size=2_000)
    spans = {}
    for hits in np.unique(sums).tolist():
        truth = (np.arange(n) >= hits).astype(int)
        stated = estimate(truth, np.tile([0.9, 0.1], (n, 1)), ["a", "b"], population).accuracy
        assert stated.value == pytest.approx(hits / n)
        spans[hits] = stated.low <= right.mean() <= stated.high
    covered = np.mean([spans[hits] for hits in sums.tolist()])
    # 2,000 draws at .95 scatter by .005; what is promised is at least .95.
    assert covered >= 0.935


COUNTS = st.tuples(*[st.integers(0, 60)] * 3)


@given(counts=COUNTS, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_a_difference_on_the_same_images_holds_itself_and_mirrors(counts, level):
    won, lost, equal = counts
    n = won + lost + equal
    low, high = paired_interval(won, lost, n, level)
    assert -1 <= low < high <= 1
    if n:
        assert low <= (won - lost) / n <= high
    assert (-high, -low) == pytest.approx(paired_interval(lost, won, n, level), abs=1e-9)
    wider = paired_interval(won, lost, n, 0.999)
    assert wider[0] <= low and high <= wider[1]


def test_a_difference_of_nothing_and_nonsense():
    assert paired_interval(0, 0, 0) == (-1, 1)
    low, high = paired_interval(0, 0, 50)  # no image differs: a small difference is possible
    assert -0.08 < low < 0 < high < 0.08
    for won, lost, n in ((-1, 0, 5), (3, 3, 5)):
        with pytest.raises(ValueError):
            paired_interval(won, lost, n)


@pytest.mark.parametrize("n", [30, 100, 300])
@pytest.mark.parametrize("chances", [(0.05, 0.01), (0.1, 0.1), (0.2, 0.1), (0.3, 0.3)])
def test_a_difference_holds_the_truth_nineteen_times_of_twenty(n, chances):
    draws = np.random.default_rng(n).multinomial(n, [*chances, 1 - sum(chances)], size=3_000)
    inside: dict[tuple[int, int], bool] = {}
    for won, lost in {(int(w), int(m)) for w, m, _ in draws}:
        low, high = paired_interval(won, lost, n)
        inside[won, lost] = low <= chances[0] - chances[1] <= high
    assert 0.925 <= np.mean([inside[int(w), int(m)] for w, m, _ in draws]) <= 1.0
