"""How new each image is: what no class claims, by prompts, labels and look-alikes.

Four views of an image, each as its rank in the collection, averaged:

- how little its look-alikes fit any class: minus the log-sum-exp of the model's logits before they
  are made to sum to one (the energy of Liu et al. 2020, arXiv 2010.03759). Without labels these are
  the prompts' own; labels add what is like anything labeled, and nothing far away from it;
- how unsure the model is of its look-alikes, and of the image itself: 1 - the largest probability;
- how spread the image's own probabilities are: their entropy.

A new class comes as a group, so look-alikes say more than the image: on clothing with each class
hidden in turn the energy alone rises from an AUROC of .71 to .75 by asking the neighbours. Distance
to the labeled, Mahalanobis distance (also relative) and distance to class centres came out lower,
with and without neighbours: `benchmarks/novelty.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.learn.models.frame import frame_of
from core.learn.models.fused import Model, check, fit, shares_of
from core.learn.models.neighbourhood import Graph

__all__ = ["LEAST_LABELED", "Novelty", "novelty"]

LEAST_LABELED = 20
"""Labeled images from which p-values compare with them."""

_FOLDS = 5
_CHUNK_ROWS = 8_192

_Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Novelty:
    """How new the images of a pool are.

    Attributes:
        score: (N,) float32 from 0, like the rest, to 1, newest.
        p: (N,) float32. Against "labeled": the share of labeled images that are as new or newer,
            each judged without its own label (a conformal p-value, Bates et al. 2023, arXiv
            2104.08279); for an image of a class it is at most a with probability a where the
            labeled images are a random sample of the classes' images. Against "collection": the
            share of all images that are as new or newer; a rank and no more.
        against: which of the two.
    """

    score: _Float
    p: _Float
    against: Literal["labeled", "collection"]

    @property
    def order(self) -> NDArray[np.intp]:
        """(N,) rows, newest first."""
        return np.argsort(-self.score, kind="stable")


def novelty(
    vectors: _Float,
    logits: _Float,
    graph: Graph,
    rows: NDArray[np.integer],
    classes: NDArray[np.integer],
    seed: int = 0,
) -> Novelty:
    """Judge every image of a pool by prompts and labels.

    Args:
        vectors: (N, D) float32 unit vectors of how images look; logits: (N, K) zero-shot logits of
            the classes that have prompts.
        graph: neighbours of the pool.
        rows, classes: (n,) labeled rows and their classes, of these K only.
        seed: deals the folds in which labeled images are judged.

    Raises:
        ValueError: shapes that do not match, or values that are not finite or out of range.
    """
    check(vectors, logits)
    if len(graph) != len(vectors):
        raise ValueError(f"the graph is of {len(graph)} images, the vectors {len(vectors)}")
    units, targets = shares_of(rows, classes, *logits.shape)
    deal = np.random.default_rng(seed).permutation(len(units)) % _FOLDS
    held = [np.flatnonzero(deal == fold) for fold in range(_FOLDS)] if len(units) else []
    fitted = fit(frame_of(vectors), vectors[units], logits[units], targets, held, seed)
    views = _views(fitted.model, vectors, logits, graph, np.arange(len(vectors)))
    sorted_views = np.sort(views, axis=0)
    score = _score(views, sorted_views)
    if len(units) < LEAST_LABELED:
        return Novelty(score, _p(score, score, 0), "collection")
    unseen = np.empty(len(units), np.float32)
    for model, out in zip(fitted.without, held, strict=True):
        own = _views(model, vectors, logits, graph, units[out])
        unseen[out] = score[units[out]] = _score(own, sorted_views)
    return Novelty(score, _p(score, unseen, 1), "labeled")


def _views(
    model: Model, vectors: _Float, logits: _Float, graph: Graph, rows: NDArray[np.intp]
) -> _Float:
    """(n, 4) the views of some rows; what is larger is newer."""
    near = graph.neighbours[rows]
    asked = np.unique(np.concatenate([rows, near.ravel()])) if len(rows) < len(vectors) else rows
    energy, doubt, entropy = (np.empty(len(asked), np.float32) for _ in range(3))
    for start in range(0, len(asked), _CHUNK_ROWS):
        block = slice(start, start + _CHUNK_ROWS)
        raw = _logits(model, vectors[asked[block]], logits[asked[block]])
        energy[block] = -np.logaddexp.reduce(raw, axis=1)
        probabilities = model.predict(vectors[asked[block]], logits[asked[block]])
        doubt[block] = 1 - probabilities.max(axis=1)
        entropy[block] = -(probabilities * np.log(np.maximum(probabilities, 1e-30))).sum(axis=1)
    place, around = np.searchsorted(asked, rows), np.searchsorted(asked, near)
    if near.shape[1] == 0:  # a pool of one image
        around = place[:, None]
    return np.stack(
        [energy[around].mean(axis=1), doubt[around].mean(axis=1), doubt[place], entropy[place]],
        axis=1,
    )


def _logits(model: Model, vectors: _Float, logits: _Float) -> _Float:
    """(n, K) logits before any softmax, averaged over the trusts in the prompts."""
    if len(model.trusts) == 0:
        return logits
    weights = model.weights.astype(np.float32)
    slope, shift = np.tensordot(weights, model.slopes, 1), weights @ model.shifts
    return np.asarray(vectors @ slope + shift + float(weights @ model.trusts) * logits)


def _score(views: _Float, sorted_views: _Float) -> _Float:
    """(n,) float32 mean of what share of the pool lies below, ties by half, over the views."""
    count, total = len(sorted_views), np.zeros(len(views))
    for view, column in zip(views.T, sorted_views.T, strict=True):
        below = np.searchsorted(column, view, side="left")
        total += below + np.searchsorted(column, view, side="right")
    return (total / (2 * count * views.shape[1])).astype(np.float32)


def _p(score: _Float, reference: _Float, extra: int) -> _Float:
    """(N,) float32 share of the reference that is as new or newer."""
    ordered = np.sort(reference)
    newer = len(ordered) - np.searchsorted(ordered, score, side="left")
    return ((extra + newer) / (extra + len(ordered))).astype(np.float32)
