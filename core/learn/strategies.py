"""Query strategies: the ways to choose which images to label next.

`STRATEGIES` is the one list of them: the Label page, `winnow simulate --query` and the queue
(`core.learn.asking.queue`) read it. To add one, write a function (`Choose`) and give it a row;
`tests/learn/test_strategies.py` checks it along with the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.doubt import entropy, least_confident, margin
from core.learn.asking.uherding import uherding

__all__ = ["DEFAULT", "STRATEGIES", "Candidates", "Choose", "Strategy", "strategy_of"]

DEFAULT = "uherding"
"""What is used where nobody names a strategy."""
_LOOKED_AT = 3_000  # images compared with each other to find typical ones
_NEAR = 20  # of the images most alike, whose mean likeness makes one typical


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a strategy chooses from.

    Attributes:
        rows: (M,) distinct rows that may be asked about, shuffled by the seed of the batch, so that
            taking the first is drawing at random and ties in a stable sort are broken at random.
        probabilities: (N, K) of the whole pool, rows sum to 1.
        vectors: (N, D) float32 unit vectors of the whole pool.
        covered: (L,) rows that have a label or are in the batch already; none of them in `rows`.
    """

    rows: NDArray[np.intp]
    probabilities: NDArray[np.floating]
    vectors: NDArray[np.float32]
    covered: NDArray[np.intp]


Choose = Callable[[Candidates, int], NDArray[np.intp]]
"""(candidates, size), 0 <= size <= M, to `size` distinct ones of `candidates.rows`, the most useful
first. The answer is a function of the arguments alone and does not depend on how classes are
numbered; K = 1 and L = 0 occur."""


@dataclass(frozen=True, eq=False)
class Strategy:
    """One way to choose.

    Attributes:
        title: what a page calls it.
        choose: see `Choose`.
        reserves: whether three places in ten go to classes short of labels first; not where the
            choice must stay uniform.
    """

    title: str
    choose: Choose
    reserves: bool = True


def _uncertain_and_varied(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Cover what is both uncertain and unlike anything labeled (Bae et al., ICLR 2025)."""
    at = candidates
    return uherding(at.probabilities, at.vectors, at.covered, at.rows, size)


def _smallest_margin(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Take those whose best two classes are closest (Scheffer et al., IDA 2001)."""
    leads = margin(candidates.probabilities[candidates.rows])
    return candidates.rows[np.argsort(leads, kind="stable")[:size]]


def _highest_entropy(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Take those whose probabilities are spread most (Settles, 2009, section 3.1)."""
    spread = entropy(candidates.probabilities[candidates.rows])
    return candidates.rows[np.argsort(-spread, kind="stable")[:size]]


def _least_confident_of_each_class(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Take the least confident of each predicted class, then the second of each, and so on."""
    probabilities = candidates.probabilities[candidates.rows]
    predicted, doubt = probabilities.argmax(axis=1), least_confident(probabilities)
    by_class = np.lexsort((-doubt, predicted))
    sizes = np.unique(predicted, return_counts=True)[1]
    rank = np.concatenate([np.arange(size) for size in sizes]) if len(sizes) else by_class
    return candidates.rows[by_class[np.lexsort((-doubt[by_class], rank))][:size]]


def _typical_and_varied(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Take images with many like them, each unlike those before (after Hacohen et al., ICML 2022).

    Nothing that prompts or a model say is looked at, so poor prompts do no harm. Of large pools a
    random part is looked at.
    """
    at = candidates
    rows, rest = at.rows[: max(_LOOKED_AT, size)], at.rows[max(_LOOKED_AT, size) :]
    if size == 0 or len(rows) == 0:
        return rows[:size]
    own = at.vectors[rows]
    like = own @ own.T
    near = min(_NEAR, len(rows))
    typical = np.partition(like, -near, axis=1)[:, -near:].mean(axis=1)
    covered = np.full(len(rows), -1.0, dtype=np.float32)
    for begin in range(0, len(at.covered), _LOOKED_AT):
        part = at.vectors[at.covered[begin : begin + _LOOKED_AT]]
        np.maximum(covered, (own @ part.T).max(axis=1), out=covered)
    left, places = np.ones(len(rows), dtype=bool), []
    for _ in range(min(size, len(rows))):
        place = int(np.where(left, typical - covered, -np.inf).argmax())
        places.append(place)
        left[place] = False
        np.maximum(covered, like[place], out=covered)
    return np.concatenate([rows[places], rest[: size - len(places)]])


def _at_random(candidates: Candidates, size: int) -> NDArray[np.intp]:
    """Draw uniformly: the candidates come shuffled."""
    return candidates.rows[:size]


STRATEGIES: dict[str, Strategy] = {
    DEFAULT: Strategy("Uncertain and varied", _uncertain_and_varied),
    "margin": Strategy("Smallest margin", _smallest_margin),
    "entropy": Strategy("Highest entropy", _highest_entropy),
    "least-confident": Strategy("Least confident of each class", _least_confident_of_each_class),
    "typical": Strategy("Typical and varied", _typical_and_varied, reserves=False),
    "random": Strategy("Random", _at_random, reserves=False),
}
"""Name, as on the command line and in saved settings, to strategy; in the order of menus."""


def strategy_of(name: str) -> Strategy:
    """Return a strategy by its name.

    Raises ValueError, with a sentence that lists the names, when there is none of it.
    """
    if name not in STRATEGIES:
        raise ValueError(
            f"There is no kind of queue called {name!r}: choose one of {', '.join(STRATEGIES)}."
        )
    return STRATEGIES[name]
