"""The logit of a class without prompts: the same for every image.

Among softmax(l_1 … l_K, c) the last class has the probability sigmoid(c - log Σ exp l): an image is
of it as far as no other class claims it, which is the energy of Liu et al. 2020 (arXiv 2010.03759).
Labels then move it as they move any class, by the bias and the weights that the model learns.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logsumexp

__all__ = ["SHARE", "flat_logit", "hits"]

SHARE = 0.05
"""Of a collection, that is expected to be none of the classes before anybody looked."""
_SOME = 20_000  # images that are enough to find the logit


def flat_logit(logits: np.ndarray, share: float = SHARE) -> float:
    """The logit c at which the class without prompts has this mean probability.

    Args:
        logits: (N, K) of the classes that have prompts.

    Raises:
        ValueError: there is no image or class, or the share is not strictly between 0 and 1.
    """
    if logits.size == 0:
        raise ValueError("there is no image or no class")
    if not 0.0 < share < 1.0:
        raise ValueError(f"the share must lie strictly between 0 and 1, got {share}")
    claims = logsumexp(logits[:: -(-len(logits) // _SOME)].astype(np.float64), axis=1)
    away = float(np.log(share / (1 - share)))
    low, high = claims.min() + away - 1.0, claims.max() + away + 1.0
    return float(brentq(lambda c: expit(c - claims).mean() - share, low, high, xtol=1e-9))


def hits(scores: np.ndarray) -> np.ndarray:
    """(N, K + 1) scores whose last column, that of the class without prompts, ranks images too.

    Its best hits are the images that score lowest for every class.

    Args:
        scores: (N, K + 1), the last column flat.
    """
    result = scores.copy()
    result[:, -1] = -scores[:, :-1].max(axis=1)
    return result
