"""The learning curve: what the next labels are likely to bring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.intervals import share_interval

__all__ = ["Curve", "Gain", "expected_gain", "ladder"]

_RESAMPLES = 400
_MIN_AUDIT = 30
_MIN_LABELS = 40
_SLOPE_SD = 0.5  # prior of the exponent: error falls like labels^-b with b well below 1
_STEPS = 40  # places at which the fitted line is given as numbers
_NOISE = 0.15  # sd of a log error about the power law beside what sampling explains


@dataclass(frozen=True)
class Curve:
    """Accuracy over the number of labels, as measured and as fitted.

    Attributes:
        counts: label counts looked back at, the last the present one.
        accuracy, low, high: of the models of so many labels, with 95 % intervals.
        labels: counts at which the fitted line is given, from the first of `counts` to `extra`
            beyond the last.
        line, line_low, line_high: its accuracy there and a 90 % band; all 0 to 1.
    """

    counts: list[int]
    accuracy: list[float]
    low: list[float]
    high: list[float]
    labels: list[float]
    line: list[float]
    line_low: list[float]
    line_high: list[float]


@dataclass(frozen=True)
class Gain:
    """What `extra` more labels are expected to add to accuracy; `low`, `high`: 90 % interval.

    `curve`: the measurements and the fit that this rests on.
    """

    extra: int
    gain: float
    low: float
    high: float
    curve: Curve


def ladder(labels: int) -> list[int]:
    """Return label counts at which to look back, each half the next, the last all labels."""
    counts: list[int] = []
    while labels >= 10 and len(counts) < 4:
        counts.append(labels)
        labels //= 2
    return counts[::-1]


def expected_gain(
    counts: list[int], correct: NDArray[np.bool_], extra: int = 100, seed: int = 0
) -> Gain | None:
    """Extrapolate an inverse power law, error = A labels^-b with b >= 0, to `extra` more labels.

    counts: (S,) increasing label counts, the last the present one. correct: (m, S) whether each
    audit image was right under models of the first so many labels that did not see it. The same
    images serve at every count, so what they share cancels; the interval resamples them.

    None, "unknown", with fewer than three counts, 40 labels or 30 audit images.
    """
    if len(counts) < 3 or counts[-1] < _MIN_LABELS or len(correct) < _MIN_AUDIT:
        return None
    x = np.log(np.array(counts, dtype=np.float64) / counts[-1])
    ahead = float(np.log1p(extra / counts[-1]))
    m = len(correct)
    rng = np.random.default_rng(seed)
    picks = rng.integers(m, size=(_RESAMPLES, m))
    wrong = np.vstack([1.0 - correct.mean(axis=0), 1.0 - correct[picks].mean(axis=1)])
    wrong = (wrong * m + 0.5) / (m + 1)
    slope, level = _power_law(x, np.log(wrong))
    gains = np.exp(level) * (1.0 - np.exp(-slope * ahead))
    gains = np.minimum(gains, wrong[:, -1])  # no more than all that is wrong now
    low, high = np.quantile(gains[1:], [0.05, 0.95])
    curve = _curve(counts, correct, extra, slope, level)
    return Gain(extra, float(gains[0]), float(low), float(high), curve)


def _curve(
    counts: list[int],
    correct: NDArray[np.bool_],
    extra: int,
    slope: NDArray[np.float64],
    level: NDArray[np.float64],
) -> Curve:
    """Return points and line; `slope`, `level` (1 + R,) of the fit and of its resamples."""
    hits, m = correct.sum(axis=0), len(correct)
    spans = [share_interval(int(hit), m) for hit in hits]
    labels = np.geomspace(counts[0], counts[-1] + extra, _STEPS)
    ahead = np.log(labels / counts[-1])
    lines = 1.0 - np.exp(level[:, None] - slope[:, None] * ahead[None, :])
    low, high = np.quantile(lines[1:], [0.05, 0.95], axis=0)
    line_and_band = [np.clip(values, 0.0, 1.0).tolist() for values in (lines[0], low, high)]
    measured = (hits / m).tolist(), [low for low, _ in spans], [high for _, high in spans]
    return Curve(list(counts), *measured, labels.tolist(), *line_and_band)


def _power_law(
    x: NDArray[np.float64], logs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return exponents b >= 0 and log errors at x = 0 of lines through rows of `logs` (R, S)."""
    centred = x - x.mean()
    shrink = (_NOISE / _SLOPE_SD) ** 2
    slope = -(logs @ centred) / (centred @ centred + shrink)
    slope = np.maximum(slope, 0.0)
    return slope, logs.mean(axis=1) + slope * x.mean()
