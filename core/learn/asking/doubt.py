"""How unsure class probabilities are: three measures, one number an image."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["entropy", "least_confident", "margin"]


def margin(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (N,) the best minus the second-best probability of each row; 0 is least certain.

    probabilities: (N, K), rows sum to 1. With a single class there is no second: 1 - p is returned,
    0 for a softmax, so that no image counts as uncertain or certain above another. Source:
    Scheffer, Decomain and Wrobel, IDA 2001.
    """
    if probabilities.shape[1] == 1:
        return (1.0 - probabilities[:, 0]).astype(np.float32)
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    return (best[:, 1] - best[:, 0]).astype(np.float32)


def entropy(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (N,) the Shannon entropy of each row of (N, K), in nats, 0 to log K; high is least
    certain."""
    floor = np.finfo(np.float32).tiny
    return (
        -(probabilities * np.log(np.maximum(probabilities, floor))).sum(axis=1).astype(np.float32)
    )


def least_confident(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (N,) one minus the best probability of each row of (N, K); high is least certain.

    Source: Lewis and Gale, SIGIR 1994.
    """
    return (1.0 - probabilities.max(axis=1)).astype(np.float32)
