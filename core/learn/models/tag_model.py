"""One tag learned from yes and no: the fused model on two columns, and what its answers are worth.

The tag's calibrated logit from the prompts is the offset of "yes"; "no" has none. Ten labels move
it a little, a hundred let the images decide (`fused.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import share_interval
from core.learn.models.frame import frame_of
from core.learn.models.fused import Model, fit, fuse, shares_of

FEWEST_POSITIVES = 10
"""Labels "yes" below which no threshold is offered, only a ranking."""

_FOLDS = 5
_CONTEXT = 4_000
_BOUND = 30.0


@dataclass(frozen=True)
class Threshold:
    """Where to accept a tag so that a share of what is accepted has it.

    Attributes:
        confidence: the lowest confidence whose precision is sure to reach the target; None when no
            threshold is, or there are too few labels to say.
        precision, low, high: of the labeled images from there on, with a 95 % interval.
        accepted, positives, labels: labeled images from there on, labeled yes, labeled at all.
        why: one sentence when ``confidence`` is None.
    """

    confidence: float | None
    precision: float | None
    low: float | None
    high: float | None
    accepted: int
    positives: int
    labels: int
    why: str = ""


def learn(vectors: np.ndarray, logits: np.ndarray, rows: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """Confidences (N,) float32 of a tag from its labels.

    Args:
        vectors: (N, D) of the pool.
        logits: (N,) calibrated logits of the prompts, 0 where confidence is one half.
        rows, yes: (n,) labeled rows and whether they have the tag; both answers must occur.
    """
    return fuse(vectors, _offsets(logits), rows, yes.astype(np.int64)).probabilities[:, 1]


def model_of(vectors: np.ndarray, logits: np.ndarray, rows: np.ndarray, yes: np.ndarray) -> Model:
    """The model behind `learn`, for images outside the pool; see there for the arguments."""
    offsets = _offsets(logits)
    units, targets = shares_of(rows, yes.astype(np.int64), *offsets.shape)
    return fit(frame_of(vectors), vectors[units], offsets[units], targets).model


def confidence(model: Model, vectors: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """(n,) float32 confidences of images (n, D) by a model of `model_of`, as `learn` has them."""
    return model.predict(vectors, _offsets(logits))[:, 1]


def held_out(
    vectors: np.ndarray, logits: np.ndarray, rows: np.ndarray, yes: np.ndarray, seed: int = 0
) -> np.ndarray:
    """Confidences (n,) float32 of labeled images, each by a model that did not see its label."""
    random = np.random.default_rng(seed)
    fold = np.empty(len(rows), dtype=int)
    # Folds share out the two answers evenly: a training set without one of them says nothing.
    for answer in (False, True):
        mine = random.permutation(np.flatnonzero(yes == answer))
        fold[mine] = np.arange(len(mine)) % min(_FOLDS, len(rows))
    others = np.setdiff1d(np.arange(len(vectors)), rows)
    context = random.choice(others, min(_CONTEXT, len(others)), replace=False)
    offsets = _offsets(logits)
    result = np.zeros(len(rows), dtype=np.float32)
    for number in np.unique(fold):
        test, train = rows[fold == number], rows[fold != number]
        # A sample of the pool stands for the rest of it, which the model only uses to centre.
        both = np.concatenate([train, test, context])
        answers = yes[fold != number].astype(np.int64)
        fused = fuse(vectors[both], offsets[both], np.arange(len(train)), answers, seed)
        result[fold == number] = fused.probabilities[len(train) : len(rows), 1]
    return result


def threshold(confidence: np.ndarray, yes: np.ndarray, target: float) -> Threshold:
    """The lowest confidence from which on the precision is at least ``target``, and surely so.

    Args:
        confidence: (n,) of labeled images, from a model that did not see their labels.
        yes: (n,) bool, what people said.
        target: precision in 0..1.

    "Surely" is the lower end of the 95 % interval. It holds when the labeled images from the
    threshold on are a fair draw of all images there.
    """
    positives, labels = int(yes.sum()), len(yes)
    if positives < FEWEST_POSITIVES:
        why = f"{positives} images are labeled yes, {FEWEST_POSITIVES} are needed: use the ranking."
        return Threshold(None, None, None, None, 0, positives, labels, why)
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(yes[order])
    ranked = confidence[order]
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True))  # equal ones fall together
    for end in reversed(ends):
        low, high = share_interval(int(hits[end]), int(end) + 1)
        if low >= target:
            share = float(hits[end] / (end + 1))
            return Threshold(float(ranked[end]), share, low, high, int(end) + 1, positives, labels)
    why = (
        f"No threshold is sure to reach {target:.0%} with {labels} labels: label more of the best."
    )
    return Threshold(None, None, None, None, 0, positives, labels, why)


def _offsets(logits: np.ndarray) -> np.ndarray:
    bounded = np.clip(logits, -_BOUND, _BOUND).astype(np.float32)
    return np.column_stack([np.zeros_like(bounded), bounded])
