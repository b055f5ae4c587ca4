"""Very many classes: what is done otherwise, so that time and memory stay bounded.

With hundreds of classes the probabilities of a whole pool are what costs. To judge a few images by
a model that did not see them, the pool's are not needed: only those of images that the neighbours'
words can come from, and of each round only the rows that the next one reads. Nothing here changes
what is worked out, but for what the solver's stopping rule leaves open.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.heads.shape import Shape
from core.learn.models.neighbourhood import TINY, WEIGHT, Graph
from core.learn.models.solver import fit_many
from core.runtime.pausing import breathe

__all__ = ["MANY", "at_once", "smooth_at", "solve_in_turn"]

MANY = 200
"""Classes from which on this is worth it; below, all is done at once."""
_HOPELESS = -1e30  # log-likelihood of a label at a trust that is not looked at
_MOST_PROBABILITIES = 8_000_000  # of whole pools, in use at the same time; some copies of each
_MOST_WEIGHTS = 4_000_000  # that are solved for side by side; the solver holds some twenty times it

_Float = NDArray[np.float32]
_Rows = NDArray[np.intp]


def at_once(probabilities: int) -> int:
    """How many models may judge the pool at the same time, by how many probabilities it has."""
    return max(1, _MOST_PROBABILITIES // probabilities)


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

    From the greatest trust downwards, as long as one counts anywhere.

    Returns weights (r, G, A, K), zeros where none were needed, and what `judge` says.

    design: (m, r). offsets: (m, K). trusts: (A,). shape: what each of G problems counts and aims
    at; the last `folds` are the folds. judge: from weights (r, folds, A, K) to the log-likelihood
    of the labels (m, A). used: from a choice and that to whether each trust counts (A,).
    """
    groups, aims = shape.weights.shape[1], shape.targets.astype(np.float32)
    solved = np.zeros((design.shape[1], groups, len(trusts), aims.shape[1]), dtype=np.float32)

    def solve(choices: _Rows, trust: int, start: _Float) -> None:
        step = max(1, _MOST_WEIGHTS // (max(design.shape) * aims.shape[1]))
        for begin in range(0, len(choices), step):
            some, part = choices[begin : begin + step], slice(begin, begin + step)
            base = np.repeat(trusts[trust] * offsets[:, None], len(some), axis=1)
            if shape.shift is not None:
                base += shape.shift[some]
            solved[:, some, trust] = fit_many(
                design, base, aims, shape.weights[:, some], precision,
                np.ascontiguousarray(start[:, part]), focus=shape.focus,
            )  # fmt: skip

    def solve_all(choices: _Rows, trust: int, counts: NDArray[np.bool_]) -> None:
        """One trust for choices (C,); counts: (C, A) which of the greater ones are solved."""
        if len(choices):
            solve(choices, trust, _onwards(solved[:, choices], counts, trust))

    first, own = groups - folds, np.zeros((groups, len(trusts)), dtype=bool)
    for trust in reversed(range(len(trusts))):
        solve_all(np.arange(first, groups), trust, own[first:])
        own[first:, trust] = True
        likelihood = judge(solved[:, first:])
        likelihood[:, :trust] = _HOPELESS
        # The likelihood of the folds bends down on both sides of the best trust: where one falls so
        # far behind a greater one that it counts nowhere, the smaller ones fall further.
        if trust + 1 < len(trusts) and not any(used(c, likelihood)[trust] for c in range(groups)):
            break
    own[:first] = [used(choice, likelihood) for choice in range(first)]
    for trust in reversed(range(len(trusts))):
        some = np.flatnonzero(own[:first, trust])
        solve_all(some, trust, own[some])
    return solved, likelihood


def _onwards(solved: _Float, counts: NDArray[np.bool_], trust: int) -> _Float:
    """Return (r, C, K) where to begin with a trust: on the line through the two greater ones.

    Trusts lie evenly and their weights nearly on a line, so few rounds are left. What a choice must
    not see it has not seen at the other trusts either.

    solved: (r, C, A, K). counts: (C, A) which of them are solved.
    """
    start = np.zeros_like(solved[:, :, 0])
    for choice, own in enumerate(counts):
        if trust + 1 < len(own) and own[trust + 1]:
            start[:, choice] = solved[:, choice, trust + 1]
            if trust + 2 < len(own) and own[trust + 2]:
                start[:, choice] += solved[:, choice, trust + 1] - solved[:, choice, trust + 2]
    return start
