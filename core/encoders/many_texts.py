"""Many texts as vectors: long ones with long ones, and a batch for every processor.

A tower computes every text of a batch up to the length of the longest one, so a single long text
among short ones makes all of them take its time. Which texts share a batch moves a vector by its
last digit at most; how many threads there are does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.encoders.base import Encoder, of_texts
from core.encoders.lanes import lanes_for, one_torch_thread
from core.runtime.progress import Report
from core.runtime.threads import one_blas_thread

MOST = 64  # texts a batch
_CHARACTERS = 8_192  # a batch, were all of its texts as long as the longest


def encode_many(encoder: Encoder, texts: Sequence[str], report: Report, step: str) -> np.ndarray:
    """Vectors (M, D) float32 of texts, unit rows, in their order.

    Args:
        report: takes ``step`` as it goes, and the wish to stop.

    Raises:
        WinnowError: the model has no direction for one of them.
        Cancelled: asked to stop.
    """
    result = np.empty((len(texts), encoder.dim), dtype=np.float32)
    batches, done = list(batched(texts)), 0

    def encoded(places: Sequence[int]) -> np.ndarray:
        part = [texts[place] for place in places]
        return of_texts(encoder.encode_texts(part), part, encoder.spec)

    # One thread each also where there is one lane: the bits then never depend on their number.
    with one_torch_thread(), one_blas_thread():
        workers = ThreadPoolExecutor(lanes_for(encoder.device))
        try:
            for places, vectors in zip(batches, workers.map(encoded, batches), strict=True):
                report.step(step, done, len(texts))
                result[places] = vectors
                done += len(places)
        finally:
            workers.shutdown(cancel_futures=True)
    return result


def batched(texts: Sequence[str]) -> Iterator[list[int]]:
    """Places of texts, a list a batch, the longest first."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    begin = 0
    while begin < len(order):
        longest = max(1, len(texts[order[begin]]))
        end = begin + min(MOST, max(1, _CHARACTERS // longest))
        yield order[begin:end]
        begin = end
