"""Honest estimates from the audit stream: how good the predictions are, and how sure that is.

Everything rests on audit images: drawn uniformly before anything was known of their scores, and
each scored by a model that did not see its label. So the accuracy here is that of the model on an
image of the collection whose label it does not know.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.curve import Gain
from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.judging.stopping import StopMeter, stop_meter
from core.learn.models.calibration import fit_temperature, with_temperature

__all__ = ["ClassEstimate", "Estimates", "ReliabilityGroup", "Share", "estimate"]

_IMAGES_PER_GROUP = 15
_MOST_GROUPS = 10


@dataclass(frozen=True)
class Share:
    """An estimate with its 95 % interval; `value` None (and 0 to 1) when nothing speaks to it."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class ClassEstimate:
    """One class: `n` audit images truly of it, and what follows for the whole collection."""

    n: int
    prevalence: Share
    precision: Share
    recall: Share
    f1: Share


@dataclass(frozen=True)
class ReliabilityGroup:
    """Audit images of like confidence: how many, how sure on average, how often right."""

    n: int
    confidence: float
    accuracy: Share


@dataclass(frozen=True, eq=False)
class Estimates:
    """What the audit images say about the whole collection; intervals are 95 %.

    Attributes:
        n: audit images with a class.
        unusable: audit images that were skipped or called unsure. They are left out: the figures
            speak for images that people can tell.
        population: images in the collection, N.
        accuracy, macro_f1, per_class: of predictions for images whose label the model does not
            know.
        temperature: what log probabilities are divided by so that confidence means what it says.
        ece: expected calibration error after that, over groups of equal size. Even perfect
            confidence shows some at few images.
        reliability: those groups, least confident first.
        stop: the bound that may be looked at after every batch, and whether to stop.
        gain: what the next labels are likely to bring; None: not known.
        evaluation: confusion matrix, top-k and the rest, of the audit images alone.
    """

    n: int
    unusable: int
    population: int
    accuracy: Share
    macro_f1: Share
    per_class: dict[str, ClassEstimate]
    temperature: float
    ece: float
    reliability: list[ReliabilityGroup]
    stop: StopMeter
    gain: Gain | None
    evaluation: Evaluation

    def as_json(self) -> dict[str, Any]:
        """Return plain types under the attributes' names."""
        plain = {name: getattr(self, name) for name in ("n", "unusable", "population")}
        plain |= {"temperature": self.temperature, "ece": self.ece}
        plain |= {name: asdict(getattr(self, name)) for name in ("accuracy", "macro_f1", "stop")}
        plain["per_class"] = {name: asdict(of) for name, of in self.per_class.items()}
        plain["reliability"] = [asdict(group) for group in self.reliability]
        plain["gain"] = asdict(self.gain) if self.gain else None
        plain["evaluation"] = self.evaluation.as_json()
        return plain


def estimate(
    classes: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    names: Sequence[str],
    population: int,
    unusable: int = 0,
    target: float = 0.95,
    gain: Gain | None = None,
) -> Estimates:
    """Estimate how good the predictions of a collection of `population` images are.

    classes: (m,) what people said of the audit images, m >= 1. probabilities: (m, K) of models
    that did not see those labels (`Learner.cross_fitted`), not calibrated yet. target: the
    accuracy at which to stop.

    The accuracy's interval is exact at the sample size that drawing without replacement is worth,
    m (N - 1) / (N - m), those of classes at their own number of images; macro F1 has a bootstrap
    one.

    Raises ValueError for shapes that do not match, no images, or a class out of range.
    """
    temperature = fit_temperature(probabilities, classes)
    calibrated = with_temperature(probabilities, temperature)
    evaluation = evaluate(classes, calibrated, names, population=population)
    n = len(classes)
    hits = int(np.trace(evaluation.counts))
    correct = calibrated.argmax(axis=1) == classes
    groups = _groups(calibrated.max(axis=1), correct)
    gaps = [
        g.n * abs(g.confidence - g.accuracy.value) for g in groups if g.accuracy.value is not None
    ]
    return Estimates(
        n=n,
        unusable=unusable,
        population=population,
        accuracy=Share(hits / n, evaluation.accuracy_low, evaluation.accuracy_high),
        macro_f1=Share(evaluation.macro_f1, evaluation.macro_f1_low, evaluation.macro_f1_high),
        per_class={name: _of_class(evaluation, i) for i, name in enumerate(evaluation.labels)},
        temperature=temperature,
        ece=sum(gaps) / n,
        reliability=groups,
        stop=stop_meter(hits, n, population, target),
        gain=gain,
        evaluation=evaluation,
    )


def _of_class(evaluation: Evaluation, index: int) -> ClassEstimate:
    """Return what the confusion matrix of the audit images says about one class."""
    counts = evaluation.counts
    hits, n = int(counts[index, index]), int(counts[index].sum())
    called, total = int(counts[:, index].sum()), evaluation.n
    metrics = evaluation.per_class[evaluation.labels[index]]
    f1 = Share(None, 0.0, 1.0)
    if metrics.f1 is not None and metrics.f1_low is not None and metrics.f1_high is not None:
        f1 = Share(metrics.f1, metrics.f1_low, metrics.f1_high)
    return ClassEstimate(
        n=n,
        prevalence=_share(n, total),
        precision=_share(hits, called),
        recall=_share(hits, n),
        f1=f1,
    )


def _share(hits: int, n: int) -> Share:
    return Share(hits / n if n else None, *share_interval(hits, n))


def _groups(confidence: NDArray[np.floating], correct: NDArray[np.bool_]) -> list[ReliabilityGroup]:
    """Cut images, sorted by confidence, into groups of equal size, at least 15 each."""
    order = np.argsort(confidence, kind="stable")
    parts = max(1, min(_MOST_GROUPS, len(order) // _IMAGES_PER_GROUP))
    return [
        ReliabilityGroup(
            len(rows), float(confidence[rows].mean()), _share(int(correct[rows].sum()), len(rows))
        )
        for rows in np.array_split(order, parts)
    ]
