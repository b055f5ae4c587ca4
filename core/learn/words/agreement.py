"""How far to trust words without any label: by how well they agree with the pictures.

Let p be what the picture says of an image's class and q what its words say. If the two are
independent within a class, the density of seeing both together, over that of seeing them in
different images, is the sum over classes of p q / (share of the class). The scales of both logits
are those that make the images at hand likeliest in that sense: the multi-view likelihood behind
co-training (Blum & Mitchell 1998). Words that were shuffled between images agree with nothing,
so their scale is zero; no source can gain by being louder than it is right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.learn.models.softmax import softmax

__all__ = ["ALONE", "agreement"]

ALONE = (1.0, 0.0)
"""The scales where words and pictures do not agree: pictures alone, as they are."""

_CELLS = 100_000  # images times classes that it looks at
_LEAST_ROWS = 256
_LEAST_GAIN = 10.0  # nats over all images looked at; less comes by chance
_STEPS = 80


def agreement(pictures: NDArray[np.floating], words: NDArray[np.floating]) -> tuple[float, float]:
    """Return the scales (a, b) of picture and word logits whose sum judges images without labels.

    pictures, words: (n, K) logits of images that have words. `ALONE` where the two agree no more
    than by chance, or where there is one class or no image.
    """
    count, classes = pictures.shape
    if count == 0 or classes < 2:
        return ALONE
    step = -(-count // max(_LEAST_ROWS, _CELLS // classes))
    own, other = pictures[::step].astype(np.float64), words[::step].astype(np.float64)

    def gain(log_scales: NDArray[np.float64]) -> float:
        a, b = np.exp(log_scales)
        of_picture = softmax(a * own).astype(np.float64)
        of_words = softmax(b * other).astype(np.float64)
        together = (of_picture * of_words / of_words.mean(axis=0)).sum(axis=1)
        return float(np.log(np.maximum(together, 1e-30)).sum())

    # A weak prior on the pictures' scale: where words say nothing, nothing else would hold it.
    best = minimize(
        lambda at: 0.5 * at[0] ** 2 - gain(at),
        np.array([-0.5, -0.5]),
        method="Nelder-Mead",
        options={"maxiter": _STEPS, "xatol": 0.02, "fatol": 0.05},
    )
    if -best.fun < _LEAST_GAIN:
        return ALONE
    a, b = np.exp(best.x)
    return float(a), float(b)
