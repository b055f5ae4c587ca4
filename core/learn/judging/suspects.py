"""Labels that may be wrong: confident learning on probabilities from models that did not see them.

A label k is suspect when some other class j is more probable than k and at least as probable as is
usual for images labeled j (Northcutt, Jiang and Chuang, JAIR 2021, arXiv 1911.00068). That usual
probability, the class's own threshold, is what makes the rule robust to classes that the model is
never sure of.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Suspect", "find_suspects"]


@dataclass(frozen=True)
class Suspect:
    """One suspect label.

    `position` in the arrays given; `label` the class a person gave, `better` the class that the
    model would give; `margin` p(label) - p(better), -1 to 0: the lower, the more suspect.
    """

    position: int
    label: int
    better: int
    margin: float


def find_suspects(
    labels: NDArray[np.integer], probabilities: NDArray[np.floating]
) -> list[Suspect]:
    """Return the suspect labels, the most suspect first.

    labels: (n,) classes that people gave. probabilities: (n, K) out-of-fold, rows sum to 1: a
    model that saw a label would defend it.
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"labels {labels.shape} and probabilities {probabilities.shape} differ")
    if len(labels) == 0:
        return []
    own = probabilities[np.arange(len(labels)), labels]
    usual = np.full(probabilities.shape[1], np.inf)
    for k in np.unique(labels):
        usual[k] = own[labels == k].mean()
    sure = np.where(probabilities >= usual, probabilities, -1.0)
    better = sure.argmax(axis=1)
    rival = sure[np.arange(len(labels)), better]
    places = np.flatnonzero((better != labels) & (rival > own))
    margin = own[places] - rival[places]
    order = np.argsort(margin, kind="stable")
    return [
        Suspect(int(place), int(labels[place]), int(better[place]), float(lead))
        for place, lead in zip(places[order], margin[order], strict=True)
    ]
