"""The learning curve: what the next labels are likely to bring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Gain", "expected_gain", "ladder"]

_RESAMPLES = 400
_MIN_AUDIT = 30
_MIN_LABELS = 40
_SLOPE_SD = 0.5  # prior of the exponent: error falls like labels^-b with b well below 1
_NOISE = 0.15  # sd of a log error about the power law beside what sampling explains


@dataclass(frozen=True)
class Gain:
    """What `extra` more labels are expected to add to accuracy; `low`, `high`: 90 % interval."""

    extra: int
    gain: float
    low: float
    high: float


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
    low, high = np.quantile(gains[1:], [0.05, 0.95])
    return Gain(extra, float(gains[0]), float(low), float(high))


def _power_law(
    x: NDArray[np.float64], logs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return exponents b >= 0 and log errors at x = 0 of lines through rows of `logs` (R, S)."""
    centred = x - x.mean()
    shrink = (_NOISE / _SLOPE_SD) ** 2
    slope = -(logs @ centred) / (centred @ centred + shrink)
    slope = np.maximum(slope, 0.0)
    return slope, logs.mean(axis=1) + slope * x.mean()
