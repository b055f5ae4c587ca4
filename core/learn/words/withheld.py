"""What images with words would be taken for without them: more that tells how sure pictures may be.

An image whose words are withheld is one more without words, and its label is known: so labels of
images with words say how far to trust what is said of those without, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.models.calibration import with_temperature
from core.learn.models.cluster_prior import Groups
from core.learn.models.fused import Scorer
from core.learn.models.neighbourhood import TINY, WEIGHT, Graph
from core.learn.models.softmax import softmax
from core.learn.words.hearing import reliefs
from core.learn.words.model import WordModel, offsets_of

__all__ = ["Withheld", "can_be_withheld"]

_Float = NDArray[np.float32]


def can_be_withheld(model: Scorer) -> bool:
    """Whether a model has one of pictures for images without words beside that of words."""
    return isinstance(model, WordModel) and model.picture is not None


@dataclass(frozen=True, eq=False)
class Withheld:
    """A pool of N images as a learner has it.

    Attributes:
        inputs, offsets: (N, D + r + 1) and (N, 3 K), of `core.learn.words.block.Words`.
        graph: neighbours, None: none are heard.
        groups: of the cluster prior, one or none.
    """

    inputs: _Float
    offsets: NDArray[np.floating]
    graph: Graph | None
    groups: Sequence[Groups]

    def judged(
        self,
        model: Scorer,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        clusters: bool,
        rows: NDArray[np.integer],
        voices: _Float | None,
        relief: float,
    ) -> _Float:
        """Return (n, K) probabilities of rows (n,) as if they had no words.

        What their neighbours say is heard as it was when they had their words: what an image says
        comes back to it only by its neighbours, so that hardly matters.

        Args:
            model: one for which `can_be_withheld`, of labeled rows units (m,) and targets (m, K).
            clusters: whether the cluster prior takes part.
            voices: (N, K) what was heard last, of `core.learn.models.neighbourhood.smooth`; None:
                nothing was.
            relief: of pictures, see `core.learn.words.hearing.reliefs`.
        """
        assert isinstance(model, WordModel) and model.picture is not None
        own = model.picture.predict(self.inputs[rows], offsets_of(self.offsets[rows], "picture"))
        if clusters and self.groups:
            groups = self.groups[0]
            sampled = model.predict(self.inputs[groups.sample], self.offsets[groups.sample])
            own *= groups.factors(sampled, units, targets)[groups.of[rows]]
            own /= own.sum(axis=1, keepdims=True)
        if voices is None or self.graph is None:
            return own
        near = voices[self.graph.neighbours[rows]].mean(axis=1)
        heard = softmax(np.log(np.maximum(own, TINY)) + np.float32(WEIGHT) * near)
        return with_temperature(heard, reliefs(model, relief)[0])
