"""Heads that are the fused model with another loss: weighted, adjusted, focal, smoothed."""

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.shape import Shape, Shaping

__all__ = ["adjusted", "counts_of", "effective", "focal", "inverse", "smoothed"]

_FOCUS = 2.0  # the exponent that Lin et al. found best
_SMOOTHING = 0.1  # the share that Szegedy et al. spread over all classes
_OVERLAP = 0.99  # beta of Cui et al. for some hundred labels; theirs is .9999 for millions

_Targets = NDArray[np.float64]
_Float = NDArray[np.float32]


def counts_of(targets: _Targets, included: _Float) -> NDArray[np.float64]:
    """Return (G, K) how many of the images that each problem sees are of each class."""
    return included.T.astype(np.float64) @ targets


def inverse(power: float) -> Shaping:
    """Weigh each label by 1 / (labels of its class) to a power: 1 makes all classes count alike."""

    def shaping(targets: _Targets, included: _Float) -> Shape:
        counts = np.maximum(counts_of(targets, included), 1.0)
        return Shape(_weights(counts**-power, targets, included), targets)

    return shaping


def effective(targets: _Targets, included: _Float) -> Shape:
    """Weigh by the effective number of labels of a class (Cui et al., CVPR 2019)."""
    counts = np.maximum(counts_of(targets, included), 1.0)
    return Shape(_weights((1 - _OVERLAP) / (1 - _OVERLAP**counts), targets, included), targets)


def _weights(of_class: NDArray[np.float64], targets: _Targets, included: _Float) -> _Float:
    """Return (m, G) weights from those of classes (G, K), on average 1 in each problem."""
    weights = (targets @ of_class.T) * included
    total = np.maximum(weights.sum(axis=0), 1e-12)
    return (weights * (included.sum(axis=0) / total)).astype(np.float32)


def adjusted(targets: _Targets, included: _Float) -> Shape:
    """Learn with the log share of each class among the labels added to its logit, predict without.

    So a class that is rare among the labels is not held for rare (logit-adjusted loss, Menon et
    al., ICLR 2021, with tau = 1). One more label of every class keeps the shares above 0.
    """
    counts = counts_of(targets, included) + 1.0
    shares = counts / counts.sum(axis=1, keepdims=True)
    return Shape(included, targets, np.log(shares).astype(np.float32))


def focal(targets: _Targets, included: _Float) -> Shape:
    """Let images that are surely right count little (focal loss, Lin et al., ICCV 2017)."""
    return Shape(included, targets, focus=_FOCUS)


def smoothed(targets: _Targets, included: _Float) -> Shape:
    """Aim at nine tenths for the label, the rest spread over all classes (Szegedy et al., 2016)."""
    return Shape(included, (1.0 - _SMOOTHING) * targets + _SMOOTHING / targets.shape[1])
