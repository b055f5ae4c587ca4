"""Independent scores: every tag against the whole collection, no tag against another.

A tag's similarity to an image is one dot product; its logit is that in standard deviations above
the collection's mean, which also takes off whatever an encoder adds to all images alike. The
confidence is σ((logit − centre) / scale). Nothing of one tag enters another's numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.runtime.threads import one_blas_thread
from core.tags.vocabulary import ACCEPT, REJECT, Settings

REJECTED, TENTATIVE, ACCEPTED = 0, 1, 2
BANDS = ("rejected", "tentative", "accepted")
"""Names of the bands by their number."""

FORMULA = "tag-1"
"""Changes with anything here that changes a similarity, so that kept columns are never mixed."""

_GRID = 2.0**24  # half precision is a multiple of 1 / _GRID, down to its smallest numbers
_ROWS_AT_ONCE = 512  # so many rows in double precision stay in a processor's cache
_BINS = 512
_STEPS = 200
_CENTRES = (0.75, 2.25)
_CLEAR_CENTRES = (-2.0, 8.0)
_CLEAR = 2.5  # Ashman's D, the distance of two heaps in their widths; above 2 they are two heaps
_SCALES = (0.25, 0.6)

Source = Literal["collection", "hand"]


@dataclass(frozen=True)
class Calibration:
    """How a tag's similarities become confidences.

    Attributes:
        mean, deviation: of the tag's similarities over the collection; they make the logits.
        centre, scale: of the confidence, in logits.
        accept, reject: confidences from which on a tag is accepted and up to which rejected.
        source: whether the centre was found in the collection or set by hand.
    """

    mean: float = 0.0
    deviation: float = 1.0
    centre: float = 0.0
    scale: float = 1.0
    accept: float = ACCEPT
    reject: float = REJECT
    source: Source = "collection"

    def logits(self, similarities: np.ndarray) -> np.ndarray:
        """(N,) float32 logits of similarities (N,)."""
        return (similarities - np.float32(self.mean)) * np.float32(1 / self.deviation)

    def logit_of(self, confidence: float) -> float:
        """The logit that has a confidence; the edges of the bands are those of accept, reject."""
        inside = min(max(confidence, 1e-6), 1 - 1e-6)
        return self.centre + self.scale * float(np.log(inside / (1 - inside)))

    def offsets(self, logits: np.ndarray) -> np.ndarray:
        """(N,) float32, (logit − centre) / scale: the log-odds that confidences are made of."""
        return (logits - np.float32(self.centre)) / np.float32(self.scale)

    def confidence(self, similarities: np.ndarray) -> np.ndarray:
        """(N,) float32 confidences in 0..1 of similarities (N,)."""
        return sigmoid(self.offsets(self.logits(similarities)))

    def bands(self, confidence: np.ndarray) -> np.ndarray:
        """(N,) int8 band numbers of confidences (N,)."""
        return bands(confidence, self.accept, self.reject)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−values)) as float32, without overflow."""
    return (1 / (1 + np.exp(-np.clip(values, -80, 80)))).astype(np.float32)


def bands(confidence: np.ndarray, accept: float, reject: float) -> np.ndarray:
    """(N,) int8: accepted from ``accept`` on, rejected up to ``reject``, tentative between."""
    result = np.full(len(confidence), TENTATIVE, dtype=np.int8)
    result[confidence <= reject] = REJECTED
    result[confidence >= accept] = ACCEPTED
    return result


def direction(prompts: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """What a tag's images are multiplied with: (D,) float64 on the grid of exact products.

    The mean of the prompts' embeddings (P, D) at length one, less that of the contrast's (C, D)
    where there are any.
    """
    result = _mean(prompts)
    if len(contrast):
        result = result - _mean(contrast)
    return np.round(result * _GRID) / _GRID


def similarities(vectors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Dot products (K, N) float32 of half-precision vectors (N, D) and directions (K, D).

    Both factors are multiples of 2⁻²⁴ and at most 2 long, so every partial sum fits the 53 bits of
    a double: the sums are exact, and a tag's column has the same bits whatever other tags, images,
    threads or block sizes take part.
    """
    result = np.empty((len(directions), len(vectors)), dtype=np.float32)
    turned = np.ascontiguousarray(directions.T)
    with one_blas_thread():  # products this small only wait for more threads
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            # By way of single precision: processors convert half precision to that by themselves.
            block = vectors[part].astype(np.float32, copy=False).astype(np.float64)
            result[:, part] = (block @ turned).T
    return result


def calibrate(similarities: np.ndarray, settings: Settings) -> Calibration:
    """Find a tag's calibration in its own similarities (N,), less what ``settings`` fix.

    Two normal distributions are fitted to the histogram; the centre is where an image belongs to
    the upper one as likely as to the lower, the scale the slope of that change. Unless there are
    clearly two heaps, the centre is kept within bounds: a tag that fits no image still has an
    upper half, which must not be accepted.
    """
    accept = ACCEPT if settings.accept is None else settings.accept
    reject = REJECT if settings.reject is None else settings.reject
    wide = similarities.astype(np.float64)
    mean = float(wide.mean()) if len(wide) else 0.0
    deviation = float(wide.std()) if len(wide) else 0.0
    if deviation <= 1e-7 * max(1.0, abs(mean)):
        # Nothing tells these images apart, so nothing is known of any of them.
        centre, scale, deviation = 0.0, 1.0, 1.0
    else:
        centre, scale = _mixture((wide - mean) / deviation)
    hand = settings.centre is not None or settings.scale is not None
    return Calibration(
        mean,
        deviation,
        centre if settings.centre is None else settings.centre,
        scale if settings.scale is None else settings.scale,
        accept,
        reject,
        "hand" if hand else "collection",
    )


def _mean(embedded: np.ndarray) -> np.ndarray:
    mean = embedded.astype(np.float64).mean(axis=0)
    norm = float(np.linalg.norm(mean))
    # Opposite prompts can cancel; the first then stands for the tag.
    return mean / norm if norm > 1e-6 else embedded[0].astype(np.float64)


def _mixture(logits: np.ndarray) -> tuple[float, float]:
    """Centre and scale from two normal distributions fitted to a histogram (EM)."""
    counts, edges = np.histogram(logits, _BINS)
    at = (edges[1:] + edges[:-1]) / 2
    share = counts / counts.sum()
    middle = float(np.median(logits))
    means, deviations, weights = np.array([middle, middle + 2]), np.ones(2), np.array([0.8, 0.2])
    for _ in range(_STEPS):
        belongs = _posterior(at, means, deviations, weights) * share
        weights = belongs.sum(axis=1) + 1e-9
        before = means
        means = belongs @ at / weights
        spread = np.square(at - means[:, None])
        deviations = np.sqrt((belongs * spread).sum(axis=1) / weights) + 1e-3
        if np.abs(means - before).max() < 1e-4:
            break
    upper = int(means.argmax())
    width = float(np.sqrt(np.square(deviations).mean()))
    clear = float(np.ptp(means)) > _CLEAR * width
    low, high = _CLEAR_CENTRES if clear else _CENTRES
    grid = np.linspace(max(low, means.min()) if clear else low, high, 1_001)
    chance = _posterior(grid, means, deviations, weights)[upper]
    above = np.flatnonzero(chance >= 0.5)
    index = int(above[0]) if len(above) else len(grid) - 1
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    slope = float(np.gradient(np.log(inside / (1 - inside)), grid)[index])
    scale = 1 / slope if slope > 0 else _SCALES[1]
    return float(grid[index]), float(np.clip(scale, *_SCALES))


def _posterior(
    at: np.ndarray, means: np.ndarray, deviations: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(2, M) shares with which each of two distributions owns the points ``at`` (M,)."""
    distance = (at - means[:, None]) / deviations[:, None]
    logs = np.log(weights / deviations)[:, None] - 0.5 * distance**2
    logs -= logs.max(axis=0)
    shares = np.exp(logs)
    return shares / shares.sum(axis=0)
