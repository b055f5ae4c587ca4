"""Estimates, the stop meter, the learning curve and the temperature on cases with known answers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.judging.curve import expected_gain, ladder
from core.learn.judging.estimates import estimate
from core.learn.judging.stopping import confidence_sequence, stop_meter
from core.learn.models.calibration import fit_temperature, with_temperature


def _answers(n=60, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(classes, 0.5), size=n).astype(np.float32)
    truth = np.array([rng.choice(classes, p=p / p.sum()) for p in probabilities.astype(float)])
    return truth, probabilities


@given(st.integers(1, 80), st.integers(1, 12), st.integers(0, 9999))
@settings(max_examples=50, deadline=None)
def test_intervals_hold_their_values_and_json_is_plain(n, classes, seed):
    truth, probabilities = _answers(n, seed, classes)
    result = estimate(truth, probabilities, [f"c{i}" for i in range(classes)], 1000, unusable=3)
    shares = [result.accuracy, result.macro_f1]
    shares += [s for c in result.per_class.values() for s in (c.prevalence, c.precision, c.recall)]
    for share in shares:
        assert 0 <= share.low <= share.high <= 1
        assert share.value is None or share.low - 1e-9 <= share.value <= share.high + 1e-9
    assert sum(c.n for c in result.per_class.values()) == n == sum(g.n for g in result.reliability)
    assert result.accuracy.value == (probabilities.argmax(1) == truth).mean()
    assert json.loads(json.dumps(result.as_json()))["unusable"] == 3


def test_auditing_everything_leaves_no_doubt_and_half_leaves_less():
    truth, probabilities = _answers()
    names = list("abc")
    widths = []
    for population in (60, 120, 10**6):
        share = estimate(truth, probabilities, names, population).accuracy
        widths.append(share.high - share.low)
    assert widths[0] == 0 < widths[1] < 0.8 * widths[2]


def test_a_class_that_was_not_seen_is_not_known():
    result = estimate(np.zeros(20, int), np.tile([0.9, 0.1], (20, 1)), ["a", "b"], 500)
    missing = result.per_class["b"]
    assert missing.recall.value is missing.f1.value is missing.precision.value is None
    assert missing.prevalence.low == 0 < missing.prevalence.high < 0.2


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_takes_back_what_was_overdone(sharpness):
    truth, honest = _answers(4000)
    result = with_temperature(honest, 1 / sharpness)
    assert fit_temperature(result, truth) == pytest.approx(sharpness, rel=0.15)
    few = fit_temperature(result[:5], truth[:5])
    assert abs(np.log(few)) < abs(np.log(sharpness)) + 0.4
    assert fit_temperature(result[:0], truth[:0]) == 1
    assert np.array_equal(with_temperature(result, 2.5).argmax(1), result.argmax(1))


@given(st.integers(1, 300), st.data())
@settings(max_examples=60, deadline=None)
def test_the_sequence_holds_what_can_be_and_closes_at_the_end(population, data):
    n = data.draw(st.integers(0, population))
    hits = data.draw(st.integers(0, n))
    low, high = confidence_sequence(hits, n, population)
    assert 0 <= low <= high <= 1
    if n == population:
        assert low == high == hits / population
    if n == 0:
        assert (low, high) == (0, 1)


def test_stop_comes_with_the_evidence():
    assert not stop_meter(19, 20, 10_000, 0.8).stop
    meter = stop_meter(190, 200, 10_000, 0.85)
    assert meter.stop and 0.85 <= meter.low < 0.95 < meter.high
    with pytest.raises(ValueError, match="impossible"):
        confidence_sequence(3, 2, 10)


def test_the_curve_finds_the_power_law_it_was_made_from():
    counts = ladder(400)
    assert counts == [50, 100, 200, 400]
    places = (np.arange(2000) + 0.5) / 2000
    errors = 0.4 * (np.array(counts) / 50) ** -0.5
    correct = places[:, None] > errors
    gain = expected_gain(counts, correct, extra=400)
    true = errors[-1] * (1 - 2**-0.5)
    assert gain is not None and gain.gain == pytest.approx(true, rel=0.2)
    assert gain.low <= gain.gain <= gain.high
    flat = expected_gain(counts, np.tile(places[:, None] > 0.2, (1, 4)))
    assert flat is not None and flat.gain == pytest.approx(0, abs=1e-6)


def test_a_curve_without_ground_is_unknown():
    assert expected_gain([50, 100], np.ones((50, 2), bool)) is None
    assert expected_gain([10, 20, 39], np.ones((50, 3), bool)) is None
    assert expected_gain([25, 50, 100], np.ones((10, 3), bool)) is None
