"""Refinement of prototypes on very many images, whose vectors stay on disk."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.models.calibration import pool_temperature
from core.learn.models.refine import Refinement, collapsed, mixed, step_of, unit, weights
from core.runtime.pausing import breathe
from core.runtime.progress import Report
from core.runtime.rows import StoredRows

__all__ = ["refine_stored"]

_Float = NDArray[np.float32]


def refine_stored(
    vectors: StoredRows,
    text_prototypes: _Float,
    centre: _Float | None = None,
    iterations: int = 10,
    report: Report | None = None,
) -> Refinement:
    """`core.learn.models.refine.refine` of (N, D) vectors, N >= 100, in one pass an iteration.

    Memory beside the result: a block. Raises `Cancelled` when `report` is asked to stop.
    """
    report, text = report or Report(), unit(text_prototypes)
    scores = np.empty((len(vectors), len(text)), dtype=np.float32)

    def scored(prototypes: _Float, number: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Fill `scores`; returns (N,) the best prototype and (K, D) sums of the images of each."""
        assigned, sums = np.empty(len(vectors), dtype=np.intp), np.zeros(text.shape)
        for begin, images in _images(vectors, centre):
            breathe()
            done = number * len(vectors) + begin
            report.step("Refining", done, (iterations + 1) * len(vectors))
            part = slice(begin, begin + len(images))
            np.matmul(images, prototypes.T, out=scores[part])
            assigned[part] = scores[part].argmax(axis=1)
            own = (np.ones(len(images)), (assigned[part], np.arange(len(images))))
            sums += csr_array(own, shape=(len(text), len(images))) @ images
        return assigned, sums

    prototypes = text
    assigned, sums = scored(text, 0)
    temperature = pool_temperature(scores)
    before, log = np.bincount(assigned, minlength=len(text)), []
    counts = before
    for iteration, weight in enumerate(weights(iterations), 1):
        means = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
        prototypes, previous = mixed(text, means, weight), assigned
        assigned, sums = scored(prototypes, iteration)
        counts = np.bincount(assigned, minlength=len(text))
        log.append(step_of(iteration, weight, previous, assigned, scores, temperature))
    return Refinement(prototypes, scores, log, collapsed(before, counts))


def _images(vectors: StoredRows, centre: _Float | None) -> Iterator[tuple[int, _Float]]:
    for begin, block in vectors.numbered():
        yield begin, unit(block if centre is None else block - centre)
