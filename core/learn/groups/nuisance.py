"""Whether clusters follow what they should not: light, colour, shape or the folder of the files.

Clusters are compared with a nuisance and with the classes by adjusted mutual information (Vinh,
Epps and Bailey, JMLR 2010), which is 0 for chance whatever the number of groups, and each cluster
by the divergence of its own distribution from that of all images, in bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runtime.pausing import breathe

__all__ = ["ClusterWarning", "NuisanceReport", "binned", "nuisance_report"]

_BINS = 8
_BITS = 0.7  # a cluster says this much about a nuisance before it is worth a warning
_SMALLEST = 10


@dataclass(frozen=True)
class ClusterWarning:
    """Cluster `cluster` is `share` `value` (all images: `base`) of a nuisance called `name`."""

    cluster: int
    name: str
    value: str
    share: float
    base: float


@dataclass(frozen=True)
class NuisanceReport:
    """How well the classes and each nuisance go with the clusters: 0 chance, 1 the same groups.

    `winner` is the nuisance that goes with the clusters better than the classes do, if any.
    """

    classes: float
    nuisances: dict[str, float]
    winner: str | None
    warnings: list[ClusterWarning]


def binned(values: NDArray[np.floating]) -> NDArray[np.object_]:
    """Return (N,) names of ranges for numbers: up to eight with equally many images each."""
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _BINS + 1)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(len(edges) - 2, 0))
    names = np.array(
        [f"{edges[i]:.3g} to {edges[min(i + 1, len(edges) - 1)]:.3g}" for i in range(len(edges))],
        dtype=object,
    )
    return np.where(np.isnan(values), "unknown", names[place])


def nuisance_report(
    assignment: NDArray[np.integer],
    classes: NDArray[np.integer],
    nuisances: Mapping[str, NDArray[np.object_]],
) -> NuisanceReport:
    """Compare clusters with the classes and with nuisances.

    assignment: (N,) cluster of each image. classes: (N,) its class. nuisances: name to (N,) values
    of a few kinds each, see `binned` for numbers. A nuisance that never varies is left out.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    codes = {name: np.unique(values.astype(str), return_inverse=True) for name, values in
             nuisances.items()}  # fmt: skip
    codes = {name: code for name, code in codes.items() if len(code[0]) > 1}

    def shared(code: NDArray[np.integer]) -> float:
        breathe()  # with very many classes one takes half a second, in which nobody else gets on
        return float(adjusted_mutual_info_score(code, assignment))

    own = shared(classes)
    scores = {name: shared(code) for name, (_, code) in codes.items()}
    best = max(scores, key=scores.__getitem__, default=None)
    winner = best if best is not None and scores[best] > own else None
    class_bits = _divergence(assignment, classes)[0]
    warnings = []
    for name, (values, code) in codes.items():
        bits, shares, base = _divergence(assignment, code)
        sizes = np.bincount(assignment, minlength=len(bits))
        for c in np.flatnonzero((bits > np.maximum(class_bits, _BITS)) & (sizes >= _SMALLEST)):
            value = int((shares[c] * np.log2(np.maximum(shares[c], 1e-12) / base)).argmax())
            warnings.append(
                ClusterWarning(
                    int(c), name, str(values[value]), float(shares[c, value]), float(base[value])
                )
            )
    return NuisanceReport(own, scores, winner, sorted(warnings, key=lambda w: w.cluster))


def _divergence(
    assignment: NDArray[np.integer], code: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Per cluster the Kullback-Leibler divergence in bits, and the distributions it comes from."""
    table = np.zeros((int(assignment.max()) + 1, int(code.max()) + 1))
    np.add.at(table, (assignment, code), 1)
    base = np.maximum(table.sum(axis=0) / table.sum(), 1e-12)
    # Half an image of the whole collection in every cell: a cluster of three says little.
    shares = (table + 0.5 * base) / (table.sum(axis=1, keepdims=True) + 0.5)
    bits = (shares * np.log2(np.maximum(shares, 1e-12) / base)).sum(axis=1)
    return bits, shares, base
