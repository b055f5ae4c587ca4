"""Labeling played through: a truth answers in place of a person, and every step is measured.

One run starts with no label. In each round the model is fitted, images are chosen and the truth
labels them, until the largest budget is reached. Part of every round goes to the audit stream,
images drawn uniformly before anything is known of them; those labels count like all others.

Accuracy is that of the model on every image of the pool, seen as an image whose label it does not
know: the labeled ones are judged by models that were fitted without them. Counting them as right
would flatter whoever labels more; leaving them out would flatter whoever asks about the hard ones
(zero-shot alone then seems to learn). Images kept apart (`heldout`) are never asked about.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.audit import next_audit, prefix
from core.learn.comparison_models import AUDIT_SHARE, WINNOW, Material, entry_of, model_of
from core.learn.heads.automatic import Automatic
from core.learn.heads.names import PLAIN
from core.learn.judging.estimates import estimate
from core.learn.judging.metrics import evaluate
from core.learn.models.base import Beliefs, Model
from core.learn.models.calibration import with_temperature
from core.learn.models.neighbourhood import Graph
from core.learn.strategies import DEFAULT, strategy_of
from core.learn.voting.learner import Beside
from core.learn.words.block import Words
from core.runtime.progress import Report

__all__ = ["Ask", "Plan", "Point", "Scene", "plan_of", "play", "play_runs"]

_LEAST_AUDIT = 10  # audit labels from which their temperature is applied, as in the app

_Rows = NDArray[np.intp]

Ask = Callable[[Beliefs, _Rows, _Rows, NDArray[np.integer], int, int], NDArray[np.integer]]
"""A queue of another make: (prediction, labeled rows, available rows, the classes of the labeled,
size, seed) to at most `size` of the available rows."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A collection whose truth is known.

    `vectors` (N, D) unit vectors; `logits` (N, K) zero-shot logits; `truth` (N,) class numbers;
    `scores` (N, K) zero-shot scores, logits when None; `graph` neighbours, None for no
    neighbourhood layer; `heldout` rows that are never asked about, perhaps none; `clusters`:
    whether the model may use its cluster prior; `words`: what the images say in words, for Winnow's
    own model; None: nothing; `others`: the pictures as other encoders that vote see them.
    """

    vectors: NDArray[np.float32]
    logits: NDArray[np.float32]
    truth: NDArray[np.integer]
    scores: NDArray[np.floating] | None = None
    graph: Graph | None = None
    heldout: _Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    clusters: bool = True
    words: Words | None = None
    others: Sequence[Beside] = ()

    def model(self, name: str, head: str = PLAIN) -> Model:
        """A model of this collection, by its name in `core.learn.comparison_models.MODELS`.

        head: how Winnow's own learns from labels, see `core.learn.comparison_models.Material`.
        """
        return model_of(
            name,
            Material(
                self.vectors,
                self.logits,
                self.scores,
                self.graph,
                self.clusters,
                self.words,
                head,
                self.others,
            ),
        )


@dataclass(frozen=True)
class Plan:
    """How a run is played.

    `budgets` increasing label counts at which to measure; `model` and `query` names of a comparison
    model and of a strategy; `batch_size` labels a round; `random_start` labels are drawn
    uniformly before the queue takes over; `audit_share` of all labels goes to the audit stream.
    `crossfit` False is for benchmarks: nothing is stated, and the held-out images alone are
    measured, which takes one fit in place of sixteen. `head` is how Winnow's own model learns;
    "auto" compares the heads anew wherever it is measured.
    """

    budgets: tuple[int, ...]
    model: str = WINNOW
    query: str = DEFAULT
    batch_size: int = 10
    audit_share: float = AUDIT_SHARE
    random_start: int = 0
    crossfit: bool = True
    head: str = PLAIN


def plan_of(
    budgets: Sequence[int],
    model: str = WINNOW,
    query: str | None = None,
    batch_size: int = 10,
    audit_share: float | None = None,
) -> Plan:
    """Return the plan of a model with its own defaults where None is given.

    budgets: label counts at which to measure. model, query: names in
    `core.learn.comparison_models.MODELS` and `core.learn.strategies.STRATEGIES`. batch_size: labels
    a round. audit_share: share of the labels that goes to the audit stream.

    The usual recipe is ten random labels, then the smallest margin, and no audit; every other model
    gets Winnow's queue and one audit label in five. Raises ValueError for budgets that are none,
    negative or do not rise, a batch below 1, a share outside 0..1 or an unknown name.
    """
    if not budgets or min(budgets) < 0 or any(np.diff(budgets) <= 0):
        raise ValueError(f"budgets must rise from 0 or more, got {list(budgets)}")
    if batch_size < 1:
        raise ValueError(f"a batch holds at least one image, got {batch_size}")
    entry = entry_of(model)
    share = entry.audit_share if audit_share is None else audit_share
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"the audit's share must lie in 0..1, got {share}")
    strategy = query or entry.strategy
    strategy_of(strategy)  # refuses an unknown name before anything is computed
    return Plan(tuple(budgets), model, strategy, batch_size, share, entry.random_start)


@dataclass(frozen=True, eq=False)
class Point:
    """One measurement. Shares lie in 0..1; None where there is nothing to measure on.

    Attributes:
        labels: labels given so far, audit labels among them.
        accuracy, macro_f1, nll, ece: of the model on the pool, labeled images judged by models that
            did not see their labels; nll in nats, ece as in `core.learn.judging.metrics`,
            both after the temperature that the audit labels give.
        heldout_accuracy: on the held-out images.
        seconds: of a round up to here, mean: fit, rescore everything, choose the next batch.
        estimate, low, high: the accuracy that Winnow would state now, from its audit labels.
        audit, labeled: the rows of the audit labels, and of all labels as they came.
        head: that Winnow's own model learned with.
    """

    labels: int
    seed: int
    accuracy: float
    macro_f1: float
    seconds: float
    estimate: float | None
    low: float | None
    high: float | None
    nll: float
    ece: float
    heldout_accuracy: float | None
    audit: _Rows
    labeled: _Rows
    head: str = PLAIN


def play(scene: Scene, plan: Plan, seed: int, ask: Ask | None = None) -> Iterator[Point]:
    """Play one run and yield a point a budget.

    Runs of one seed see the same audit stream whatever the model or the queue, so they are paired.
    `ask` replaces the queue.

    Raises ValueError when there are fewer images to ask about than the largest budget, or none to
    measure on.
    """
    for point in _Run(scene, plan, seed, ask).rounds():
        if point is not None:
            yield point


def play_runs(
    scene: Scene, plan: Plan, seeds: int, heldout: int = 0, report: Report | None = None
) -> list[Point]:
    """Play `seeds` runs one after the other and return their points in that order.

    heldout: images, others each run, that are never asked about; they replace those of `scene`.
    report: told the number of labels after every round.

    Raises ValueError as `play` does, and Cancelled when asked to stop.
    """
    report, last = report or Report(), plan.budgets[-1]
    points: list[Point] = []
    for seed in range(seeds):
        rows = np.random.default_rng([seed, 1]).permutation(len(scene.truth))[:heldout]
        run = _Run(replace(scene, heldout=rows), plan, seed)
        for point in run.rounds():
            if point is not None:
                points.append(point)
                continue
            accuracy = f", accuracy {points[-1].accuracy:.0%}" if points else ""
            note = f"run {seed + 1} of {seeds}{accuracy}"
            report.step("Labels", seed * last + len(run.labeled), seeds * last, note)
    return points


class _Run:
    """The state of one run: what is labeled so far, and what the model makes of it."""

    def __init__(self, scene: Scene, plan: Plan, seed: int, ask: Ask | None = None) -> None:
        self._scene, self._plan, self._seed = scene, plan, seed
        self._model = scene.model(plan.model, plan.head)
        self._ask = ask
        self.open_rows = np.setdiff1d(np.arange(len(scene.truth)), scene.heldout)
        self._stream = np.random.default_rng([seed, 0]).permutation(self.open_rows)
        self.labeled: _Rows = np.empty(0, dtype=np.intp)
        self._audited = 0  # audit images asked about
        self._seconds, self._fits = 0.0, 0  # since the last point
        self._prediction: Beliefs | None = None

    def rounds(self) -> Iterator[Point | None]:
        """Play: None after every round of labels, a point at every budget.

        Raises ValueError for a plan that the scene is too small for.
        """
        plan = self._plan
        if not plan.crossfit and not len(self._scene.heldout):
            raise ValueError(
                "without cross-fitting there is nothing to measure on but held-out images"
            )
        if plan.budgets[-1] > len(self.open_rows):
            raise ValueError(f"a budget of {plan.budgets[-1]} for {len(self.open_rows)} images")
        for budget in plan.budgets:
            while len(self.labeled) < budget:
                self.label(self.fitted(), min(plan.batch_size, budget - len(self.labeled)))
                yield None
            self._settle()
            yield self.point(self.fitted())

    def _settle(self) -> None:
        """Let the labels choose the head, where it is left to them."""
        if isinstance(self._model, Automatic):
            classes = self._scene.truth[self.labeled]
            if self._model.settle(self.labeled, classes, self._seed):
                self._prediction = None

    def fitted(self) -> Beliefs:
        """The model's view with the labels so far, fitted once."""
        if self._prediction is None:
            begun = time.perf_counter()
            classes = self._scene.truth[self.labeled]
            self._prediction = self._model.fit(self.labeled, classes, self._seed)
            self._seconds += time.perf_counter() - begun
            self._fits += 1
        return self._prediction

    def label(self, prediction: Beliefs, size: int) -> None:
        """Ask the truth about up to `size` images, audit images first."""
        begun = time.perf_counter()
        due = int(self._plan.audit_share * (len(self.labeled) + size) + 1e-9) - self._audited
        audit = next_audit(self._stream, self.labeled, due)
        self._audited += len(audit)
        labeled = np.concatenate([self.labeled, audit])
        queued = self._queued(prediction, labeled, size - len(audit))
        if len(audit) + len(queued) == 0:
            raise ValueError(f"the queue chose nothing after {len(labeled)} labels")
        self.labeled = np.concatenate([labeled, queued])
        self._prediction = None
        self._seconds += time.perf_counter() - begun

    def _queued(self, prediction: Beliefs, labeled: _Rows, size: int) -> NDArray[np.integer]:
        """The rows that the queue asks about."""
        available = np.setdiff1d(self.open_rows, labeled)
        rng = np.random.default_rng([self._seed, 1 + len(labeled)])
        left = self._plan.random_start - len(labeled)
        if left > 0:
            return rng.permutation(available)[: min(size, left)]
        seed = int(rng.integers(2**31))
        if self._ask is not None:
            classes = self._scene.truth[labeled]
            return self._ask(prediction, labeled, available, classes, size, seed)
        return self._model.next_batch(prediction, labeled, available, size, self._plan.query, seed)

    def point(self, prediction: Beliefs) -> Point:
        """Measure the model on images whose label it did not see."""
        truth, heldout, labeled = self._scene.truth, self._scene.heldout, self.labeled
        audited = self._plan.crossfit and self._plan.audit_share > 0
        audit = prefix(self._stream, labeled) if audited else labeled[:0]
        seen, judged = prediction.probabilities.copy(), heldout
        names = [str(number) for number in range(seen.shape[1])]
        share, temperature = None, 1.0
        if len(audit):
            self._judge_blindly(seen, audit, 10)
            # As the app does it, from the audit images alone.
            stated = estimate(truth[audit], seen[audit], names, len(self.open_rows))
            share = stated.accuracy
            temperature = stated.temperature if len(audit) >= _LEAST_AUDIT else 1.0
        if self._plan.crossfit:
            self._judge_blindly(seen, np.setdiff1d(labeled, audit), 5)
            judged = self.open_rows
        calibrated = with_temperature(seen[judged], temperature)
        measured = evaluate(truth[judged], calibrated, names)
        apart = seen[heldout].argmax(axis=1) == truth[heldout]
        seconds = self._seconds / max(self._fits, 1)
        self._seconds, self._fits = 0.0, 0
        return Point(
            labels=len(labeled),
            seed=self._seed,
            accuracy=measured.accuracy,
            macro_f1=measured.macro_f1,
            seconds=seconds,
            estimate=share.value if share else None,
            low=share.low if share else None,
            high=share.high if share else None,
            nll=_nll(calibrated, truth[judged]),
            ece=measured.ece,
            heldout_accuracy=float(apart.mean()) if len(heldout) else None,
            audit=audit,
            labeled=labeled,
            head=self._model.head if isinstance(self._model, Automatic) else self._plan.head,
        )

    def _judge_blindly(self, seen: NDArray[np.float32], rows: _Rows, folds: int) -> None:
        """Replace what the model says of some labeled rows by what others say of them unseen."""
        classes = self._scene.truth[self.labeled]
        if len(rows):
            seen[rows] = self._model.cross_fitted(self.labeled, classes, rows, self._seed, folds)


def _nll(probabilities: NDArray[np.floating], truth: NDArray[np.integer]) -> float:
    """Mean negative log-likelihood; a chance below one in a million counts as that."""
    own = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(own, 1e-6)).mean())
