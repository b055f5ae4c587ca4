"""What words change in hearing neighbours: who is heard, and how sure it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.models.calibration import with_temperature
from core.learn.models.fused import Scorer
from core.learn.models.neighbourhood import Graph
from core.learn.words.model import WordModel

__all__ = ["HeardGraph", "reliefs", "relieved"]

_OWN = 0.75  # of the relief is not needed where words alone count


@dataclass(frozen=True, eq=False)
class HeardGraph(Graph):
    """A graph in which images with words hear those without words less.

    Where words tell most, a neighbour that was judged by its picture alone knows less than the
    image itself; heard in full it costs half a point on clip art, half of which has words.

    Attributes:
        present: (N,) bool, which images have words.
        weight: the share that words have in the model, 0 to 1: by so much less they are heard.
    """

    present: NDArray[np.bool_]
    weight: float

    @property
    def mean(self) -> csr_array:
        """As of `Graph`, rows of images with words summing to less than 1."""
        whole = super().mean
        whole.data *= np.where(
            np.repeat(self.present, self.neighbours.shape[1])
            & ~self.present[self.neighbours.ravel()],
            np.float32(1.0 - self.weight),
            np.float32(1.0),
        )
        return whole


def reliefs(model: Scorer, relief: float) -> tuple[float, float]:
    """Return the temperatures that hearing neighbours calls for, without words and with.

    relief: that of pictures alone. The more words say, the less neighbours add to confidence, and
    an average of several regressions is less sure than it is right: on clip art with words of a
    share of .5 to .9, half or all of the images with some, log T was best .1 to .3 lower
    (`benchmarks/words.py`, repeats that are not reported).
    """
    if not isinstance(model, WordModel):
        return relief, relief
    return relief, float(relief ** (1.0 - _OWN * model.weight))


def relieved(
    probabilities: NDArray[np.float32],
    present: NDArray[np.bool_],
    temperatures: tuple[float, float],
) -> NDArray[np.float32]:
    """Return (n, K) probabilities at temperatures without words and with, by present (n,)."""
    result = with_temperature(probabilities, temperatures[0])
    if temperatures[1] != temperatures[0]:
        result[present] = with_temperature(probabilities[present], temperatures[1])
    return result
