"""Which head to use: all of them judged out of fold on the same labels, plain unless one is better.

The labels are drawn again with replacement, the same draws for all heads, and each gain over the
plain head gets an interval. The intervals hold together with 95 % (the largest studentised gain of
every draw gives their width; Romano and Wolf, Econometrica 2005): eight heads looked at one by one
would now and then beat plain by chance.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.measures import ACCURACY, MACRO_F1, Measure, Tally
from core.learn.heads.names import NAMES, PLAIN
from core.learn.models.learner import Learner

__all__ = ["LEAST", "Contest", "Score", "contest", "judge"]

LEAST = 40
"""Labels from which heads are compared."""

_DRAWS = 2_000
_LEVEL = 0.95
_BLOCK = 250  # drawings counted at once
_DEAREST = 0.01  # of accuracy, that a better macro F1 may cost


@dataclass(frozen=True)
class Score:
    """One head on the labels, each judged by a model that did not see it.

    Attributes:
        head: its name in `core.learn.heads.names.NAMES`.
        value: the measure.
        gain, low, high: how much more that is than the plain head's, and the interval of it; 0 for
            the plain head itself.
        accuracy: the share right, whatever the measure.
    """

    head: str
    value: float
    gain: float
    low: float
    high: float
    accuracy: float

    @property
    def better(self) -> bool:
        """Whether it beats the plain head for sure."""
        return self.low > 0


@dataclass(frozen=True)
class Contest:
    """All heads compared.

    Attributes:
        labels: how many they were judged by.
        scores: the plain head's first; empty where there are too few labels.
    """

    measure: Measure
    labels: int
    scores: tuple[Score, ...]

    @property
    def best(self) -> str:
        """The head to use: the surely better one that gains most, else the plain one."""
        able = [score for score in self.scores if score.better and not self.dear(score)]
        return max(able, key=lambda score: score.gain).head if able else PLAIN

    def dear(self, score: Score) -> bool:
        """Whether a gain in macro F1 costs more than one point of accuracy."""
        if self.measure != MACRO_F1:
            return False
        return score.accuracy < self.scores[0].accuracy - _DEAREST

    def of(self, head: str) -> Score | None:
        """The score of a head; None where none was compared."""
        return next((score for score in self.scores if score.head == head), None)


def contest(
    learner: Learner,
    rows: NDArray[np.integer],
    classes: NDArray[np.integer],
    measure: Measure = MACRO_F1,
    heads: Iterable[str] = NAMES,
    seed: int = 0,
    between: Callable[[str], None] = lambda head: None,
) -> Contest:
    """Compare heads on labels, rows (n,) and their classes (n,), each row once.

    Args:
        heads: names of `NAMES`; the plain one takes part in any case.
        between: called with the name of a head before it is fitted.
    """
    if len(rows) < LEAST or len(np.unique(classes)) < 2:
        return Contest(measure, len(rows), ())
    guesses: dict[str, NDArray[np.integer]] = {}
    for name in dict.fromkeys((PLAIN, *heads)):
        between(name)
        unseen = learner.headed(name).cross_fitted(rows, classes, rows, seed)
        guesses[name] = unseen.argmax(axis=1)
    return judge(classes, guesses, unseen.shape[1], measure, seed)


def judge(
    truth: NDArray[np.integer],
    guesses: dict[str, NDArray[np.integer]],
    classes: int,
    measure: Measure,
    seed: int = 0,
) -> Contest:
    """Compare what heads say, (n,) each and the plain one's first, of images of classes (n,)."""
    names = list(guesses)
    whole = [
        Tally.of(truth, guess, np.ones((1, len(truth))), classes) for guess in guesses.values()
    ]
    values = np.array([float(measure.of(tally)[0]) for tally in whole])
    accuracies = [float(ACCURACY.of(tally)[0]) for tally in whole]
    low, high = _ends(values, _drawn(truth, list(guesses.values()), classes, measure, seed))
    scores = [
        Score(name, float(values[at]), float(values[at] - values[0]), low[at], high[at], accuracy)
        for at, (name, accuracy) in enumerate(zip(names, accuracies, strict=True))
    ]
    return Contest(measure, len(truth), tuple(scores))


def _drawn(
    truth: NDArray[np.integer],
    guesses: list[NDArray[np.integer]],
    classes: int,
    measure: Measure,
    seed: int,
) -> NDArray[np.float64]:
    """Return (heads, draws) the measure in drawings that are the same for all heads."""
    n, random = len(truth), np.random.default_rng(seed)
    blocks = []
    for _ in range(0, _DRAWS, _BLOCK):
        draws = random.multinomial(n, np.full(n, 1.0 / n), size=_BLOCK).astype(np.float64)
        blocks.append([measure.of(Tally.of(truth, guess, draws, classes)) for guess in guesses])
    return np.concatenate(blocks, axis=1)


def _ends(
    values: NDArray[np.float64], drawn: NDArray[np.float64]
) -> tuple[list[float], list[float]]:
    """Return the lower and the upper ends of the gains of heads (H,), from drawings (H, R)."""
    gains, moved = values - values[0], drawn - drawn[0]
    moved = moved[:, np.isfinite(moved).all(axis=0)]
    if moved.shape[1] < 2:  # no image of the class whose recall counts
        return [-1.0] * len(values), [1.0] * len(values)
    spread = moved.std(axis=1, ddof=1)
    there = spread > 1e-12
    width = 0.0
    if there.any():
        apart = np.abs(moved[there] - moved[there].mean(axis=1, keepdims=True))
        width = float(np.quantile((apart / spread[there, None]).max(axis=0), _LEVEL))
    reach = np.where(there, width * spread, 0.0)
    return (gains - reach).tolist(), (gains + reach).tolist()
