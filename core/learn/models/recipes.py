"""Models to compare with: prompts alone, and what people usually do without Winnow.

They answer to the same calls as `core.learn.models.learner.Learner` (`core.learn.models.base`).
`core.learn.comparison_models` lists them by name.
"""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.queue import next_batch
from core.learn.models.softmax import softmax
from core.learn.strategies import DEFAULT
from core.runtime.threads import one_blas_thread

__all__ = ["START", "Fitted", "PromptsAlone", "Regression", "tuned_c"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a comparison model believes.

    `probabilities` (N, K) float32, rows sum to 1; `counts` (K,) int64 labels per class.
    """

    probabilities: NDArray[np.float32]
    counts: NDArray[np.int64]


START = 10
"""Labels from which a regression replaces zero-shot, provided that there are two classes."""

_ALL = slice(None)
_GRID = tuple(10.0**power for power in range(-1, 5))
_FOLDS = 5

_Array = NDArray[np.float64]


class PromptsAlone:
    """Prompts alone: labels change nothing.

    Args:
        vectors: (N, D) float32 unit image vectors, for the queue.
        logits: (N, K) float32 zero-shot logits, that is score / temperature.
        scores: (N, K) zero-shot scores for the prompt hits of the queue; logits when None.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        logits: NDArray[np.float32],
        scores: NDArray[np.floating] | None = None,
    ) -> None:
        self._vectors, self._logits = vectors, logits
        self._scores = logits if scores is None else scores

    def fit(self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int = 0) -> Fitted:
        """Predict the pool from labels: rows (n,) and their classes (n,), n >= 0."""
        counts = np.bincount(classes, minlength=self._logits.shape[1])
        return Fitted(self._probabilities(rows, classes, self._c(rows, classes, seed)), counts)

    def _c(self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int) -> float:
        return 1.0

    def _probabilities(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        c: float,
        wanted: NDArray[np.integer] | slice = _ALL,
    ) -> NDArray[np.float32]:
        """Return probabilities of the rows ``wanted`` (n,) by a model of labels (m,)."""
        return softmax(self._logits[wanted])

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = 10,
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `targets` by models that did not see them.

        rows, classes: (n,) all labels. targets: distinct rows, dealt into at most `folds` groups.
        The strength of a penalty, one number of six, is the one that all labels together gave.
        """
        from core.learn.models.many import MANY  # scipy, which listing the models does not need

        c = self._c(rows, classes, seed)
        result = np.empty((len(targets), self._logits.shape[1]), np.float32)
        deal = np.random.default_rng(seed).permutation(len(targets)) % folds
        for fold in np.unique(deal):
            group = targets[deal == fold]
            others = ~np.isin(rows, group)
            learned = rows[others], classes[others], c
            # With few classes as it always was: a product of some rows may round otherwise.
            result[deal == fold] = (
                self._probabilities(*learned, group)
                if self._logits.shape[1] > MANY
                else self._probabilities(*learned)[group]
            )
        return result

    def next_batch(
        self,
        prediction: Fitted,
        labeled: NDArray[np.integer],
        available: NDArray[np.integer],
        size: int,
        strategy: str = DEFAULT,
        seed: int = 0,
    ) -> NDArray[np.intp]:
        """Return up to `size` rows worth labeling, see `core.learn.asking.queue.next_batch`.

        prediction: what `fit` returned.
        """
        return next_batch(
            prediction.probabilities,
            self._vectors,
            labeled,
            available,
            size,
            strategy,
            seed,
            scores=self._scores,
            counts=prediction.counts,
        )


class Regression(PromptsAlone):
    """Logistic regression on unit vectors, zero-shot until there are 10 labels and two classes.

    From then on the prompts are forgotten, and a class without labels has probability 0.

    Args:
        tuned: choose C by cross-validation (`tuned_c`) in place of C = 1.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        logits: NDArray[np.float32],
        scores: NDArray[np.floating] | None = None,
        tuned: bool = False,
    ) -> None:
        super().__init__(vectors, logits, scores)
        self._tuned = tuned

    def _c(self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int) -> float:
        if not self._tuned or _too_few(rows, classes):
            return 1.0
        with one_blas_thread():  # small products: threads only cost
            return tuned_c(_span(self._vectors[rows])[0], classes, seed)

    def _probabilities(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        c: float,
        wanted: NDArray[np.integer] | slice = _ALL,
    ) -> NDArray[np.float32]:
        if _too_few(rows, classes):
            return super()._probabilities(rows, classes, c, wanted)
        with one_blas_thread():
            points, basis = _span(self._vectors[rows])
            slopes, shifts, present = _path(points, classes, (c,))[0]
        vectors = self._vectors[wanted]
        result = np.zeros((len(vectors), self._logits.shape[1]), np.float32)
        weights = (basis @ slopes.T).astype(np.float32)
        result[:, present] = softmax(vectors @ weights + shifts)
        return result


def _too_few(rows: NDArray[np.integer], classes: NDArray[np.integer]) -> bool:
    """Whether there are too few labeled images or classes for a regression."""
    return len(np.unique(rows)) < START or len(np.unique(classes)) < 2


def tuned_c(points: NDArray[np.floating], classes: NDArray[np.integer], seed: int = 0) -> float:
    """Return the C of 0.1, 1, … 10,000 with the best log-likelihood in 5-fold cross-validation.

    points: (n, r) training rows. classes: (n,) at least two distinct. A held-out row whose class
    no other fold has says nothing about C and is left out; ties go to the smaller C. Log-likelihood
    and not accuracy, because with tens of rows many values of C tie in accuracy.
    """
    fold = np.random.default_rng(seed).permutation(len(points)) % _FOLDS
    total = np.zeros(len(_GRID))
    for number in np.unique(fold):
        out = fold == number
        if len(np.unique(classes[~out])) < 2:
            continue
        for index, fitted in enumerate(_path(points[~out], classes[~out], _GRID)):
            slopes, shifts, present = fitted
            place = np.minimum(np.searchsorted(present, classes[out]), len(present) - 1)
            seen = present[place] == classes[out]
            chances = softmax(points[out] @ slopes.T + shifts)[seen, place[seen]]
            total[index] += np.log(np.maximum(chances, np.finfo(np.float32).tiny)).sum()
    return _GRID[int(total.argmax())]


def _path(
    points: NDArray[np.floating], classes: NDArray[np.integer], grid: tuple[float, ...]
) -> list[tuple[_Array, _Array, NDArray[np.integer]]]:
    """Fit one regression per C, rising: slopes (k, r), shifts (k,) and the k classes of each."""
    from sklearn.linear_model import LogisticRegression  # a second to import

    # Each fit starts where the one before ended, which is the same optimum in fewer steps.
    model = LogisticRegression(max_iter=2_000, warm_start=True)
    fits = []
    for c in grid:
        with _few_labels_a_class():
            model.set_params(C=c).fit(points, classes)
        slopes, shifts = model.coef_.copy(), model.intercept_.copy()
        if len(model.classes_) == 2:  # one logit, of the second class
            slopes, shifts = np.vstack([0 * slopes, slopes]), np.append(0.0, shifts)
        fits.append((slopes, shifts, model.classes_))
    return fits


@contextlib.contextmanager
def _few_labels_a_class() -> Iterator[None]:
    """Without scikit-learn's guess that classes so many for so few labels are no classes."""
    with warnings.catch_warnings():
        message = "The number of unique classes is greater than 50%"
        warnings.filterwarnings("ignore", message=message, category=UserWarning)
        yield


def _span(labeled: NDArray[np.float32]) -> tuple[_Array, _Array]:
    """Return n rows in coordinates of their own span (n, r), and its basis (D, r).

    The optimum of a ridge-penalised regression lies in that span, so the fit is the same there and
    costs as much as there are labels, not dimensions.
    """
    basis, upper = np.linalg.qr(labeled.T.astype(np.float64))
    return upper.T, basis
