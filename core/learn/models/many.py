"""Very many classes: what is done otherwise, so that time and memory stay bounded.

With hundreds of classes the probabilities of a whole pool are what costs. To judge a few images by
a model that did not see them, the pool's are not needed: only those of images that the neighbours'
words can come from, and of each round only the rows that the next one reads. Nothing here changes
what is worked out, but for the last digits.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.heads.shape import Shape
from core.learn.models.neighbourhood import TINY, WEIGHT, Graph
from core.learn.models.solver import fit_many
from core.runtime.pausing import breathe

__all__ = ["MANY", "smooth_at", "solve_in_turn"]

MANY = 200
"""Classes from which on this is worth it; below, all is done at once."""
_MOST_WEIGHTS = 4_000_000  # that are solved for side by side; the solver holds some twenty times it

_Float = NDArray[np.float32]
_Rows = NDArray[np.intp]


def smooth_at(
    wanted: NDArray[np.integer],
    beliefs: Callable[[_Rows], NDArray[np.floating]],
    graph: Graph,
    rows: NDArray[np.integer],
    targets: NDArray[np.floating],
    iterations: int = 5,
    weight: float = WEIGHT,
) -> _Float:
    """Return (t, K) what `core.learn.models.neighbourhood.smooth` gives the rows `wanted` (t,).

    beliefs: from rows (n,) to the model's probabilities (n, K). rows, targets: labeled rows (m,),
    rising, and their class shares (m, K).
    """
    rounds = list(_rounds(graph, wanted, iterations))
    outer = rounds[-1][2] if rounds else np.unique(wanted)
    own = np.maximum(beliefs(outer), TINY).astype(np.float32)
    ones = np.ones(own.shape[1], dtype=np.float32)
    z = own / (own @ ones)[:, None]
    for part, inner, outer in reversed(rounds):
        breathe()
        heard, places = np.isin(rows, outer), np.searchsorted(outer, rows)
        z[places[heard]] = targets[heard]
        z = part @ z
        z *= np.float32(weight)
        np.exp(z, out=z)
        own = own[np.searchsorted(outer, inner)]
        z *= own
        z /= (z @ ones)[:, None]
    result: _Float = z[np.searchsorted(np.unique(wanted), wanted)]
    return result


def _rounds(
    graph: Graph, wanted: NDArray[np.integer], iterations: int
) -> Iterator[tuple[csr_array, _Rows, _Rows]]:
    """Of each round, the last first: means (inner, outer), the rows they are of and are over."""
    mean, inner = graph.mean, np.unique(wanted).astype(np.intp)
    for _ in range(iterations):
        part = mean[inner]
        outer = np.unique(np.concatenate([inner, part.indices]))
        places = np.searchsorted(outer, part.indices)
        shape = len(inner), len(outer)
        yield csr_array((part.data, places, part.indptr), shape=shape), inner, outer
        inner = outer


def solve_in_turn(
    design: _Float,
    offsets: _Float,
    trusts: _Float,
    shape: Shape,
    folds: int,
    precision: float,
    judge: Callable[[_Float], NDArray[np.float64]],
    used: Callable[[int, NDArray[np.float64]], NDArray[np.bool_]],
) -> tuple[_Float, NDArray[np.float64]]:
    """Fit the folds first, and to other choices of rows only those trusts that will count there.

    Returns weights (r, G, A, K), zeros where none were needed, and what `judge` says.

    design: (m, r). offsets: (m, K). trusts: (A,). shape: what each of G problems counts and aims
    at; the last `folds` are the folds. judge: from weights (r, folds, A, K) to the log-likelihood
    of the labels (m, A). used: from a choice and that to whether each trust counts (A,).
    """
    groups, aims = shape.weights.shape[1], shape.targets.astype(np.float32)
    solved = np.zeros((design.shape[1], groups, len(trusts), aims.shape[1]), dtype=np.float32)

    def solve(pairs: list[tuple[int, int]]) -> None:
        step = max(1, _MOST_WEIGHTS // (max(design.shape) * aims.shape[1]))
        for begin in range(0, len(pairs), step):
            choice, trust = np.array(pairs[begin : begin + step]).T
            base = trusts[trust, None] * offsets[:, None]
            if shape.shift is not None:
                base += shape.shift[choice]
            start = np.zeros((design.shape[1], len(choice), aims.shape[1]), dtype=np.float32)
            weights = shape.weights[:, choice]
            solved[:, choice, trust] = fit_many(
                design, base, aims, weights, precision, start, focus=shape.focus
            )

    first = groups - folds
    solve([(choice, trust) for choice in range(first, groups) for trust in range(len(trusts))])
    likelihood = judge(solved[:, first:])
    solve([(c, int(t)) for c in range(first) for t in np.flatnonzero(used(c, likelihood))])
    return solved, likelihood
