"""Principal components, the same every time."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["main_axes", "principal_components"]

_CHUNK_ROWS = 8_192
_ROWS = 20_000


def principal_components(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return the first `count` principal component scores (N, count) of (N, D) vectors.

    From the D x D covariance (or N x N Gram matrix when there are fewer rows than dimensions), with
    no copy of the input. Exact below 40,000 rows; beyond, the directions are those of every second,
    third, … row, so that at least 20,000 take part. Components beyond the rank are zero. The sign
    of each is fixed so that its loading of largest magnitude is positive.
    """
    centre, axes = main_axes(vectors, count)
    product: NDArray[np.float32] = vectors @ axes.astype(np.float32)
    product -= (centre @ axes).astype(np.float32)
    if axes.shape[1] == count:
        return product
    scores = np.zeros((len(vectors), count), dtype=np.float32)
    scores[:, : axes.shape[1]] = product
    return scores


def main_axes(
    vectors: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean (D,) and the first `count` axes (D, up to count), as `principal_components`
    takes them: a vector's scores are its products with the axes, less the mean's."""
    centre = vectors.mean(axis=0, dtype=np.float64)
    n, dimensions = vectors.shape
    if n < dimensions:
        centred = vectors - centre
        _, left = np.linalg.eigh(centred @ centred.T)
        axes = centred.T @ left[:, ::-1][:, :count]
        lengths = np.linalg.norm(axes, axis=0)
        axes /= np.where(lengths > 1e-6 * max(lengths[0], 1e-12), lengths, np.inf)
    else:
        covariance = np.zeros((dimensions, dimensions))
        used = vectors[:: max(1, n // _ROWS)]
        for start in range(0, len(used), _CHUNK_ROWS):
            part = (used[start : start + _CHUNK_ROWS] - centre).astype(np.float32)
            covariance += part.T @ part
        axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :count]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return centre, axes
