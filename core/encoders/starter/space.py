"""The starter's joint space: where an image tower and a text tower that never met can be compared.

Semantic part, after ConSE (Norouzi et al., arXiv 1312.5650): an image is the mean of the text
embeddings of its most probable ImageNet classes, weighted by their probability.

Visual part: an image is its centred feature vector. A text is the mean of the classifier's weight
rows, weighted by how near the text is to each class (a kernel regression from texts to weight
rows): the dot product then adds up the class logits that the text speaks of. On CIFAR-10 this part
alone scores .59 where ridge regression from texts to weight rows scores .55 and ConSE .52.

Both parts have unit norm and weigh ``1 - VISUAL`` and ``VISUAL`` in the score. Both are centred on
ImageNet, so that a collection of a few pictures can be scored before its own mean is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.encoders.base import unit_rows
from core.encoders.digests import replace_file
from core.runtime import inputs

TEMPERATURE = 1.0
TOP = 20
KERNEL = 0.05
VISUAL = 0.6
DIRECTIONS = 512
VERSION = 1
SETTINGS = {
    "temperature": TEMPERATURE,
    "top": TOP,
    "kernel": KERNEL,
    "visual": VISUAL,
    "directions": DIRECTIONS,
    "version": VERSION,
}


@dataclass(frozen=True)
class JointSpace:
    """What the joint space is made of.

    Attributes:
        classes: (1000, 384) float32, unit rows: the text embedding of each ImageNet class.
        rows: (1000, V) float32, unit rows: each class's centred classifier weights in ``basis``.
        basis: (1280, V) float32: the directions in which the classifier's rows differ most.
        mean_features: (1280,) float32: what is taken off an image's features.
    """

    classes: np.ndarray
    rows: np.ndarray
    basis: np.ndarray
    mean_features: np.ndarray

    @property
    def dim(self) -> int:
        """Length D of a joint vector."""
        return self.classes.shape[1] + self.basis.shape[1]

    @property
    def looks(self) -> slice:
        """Where the visual part lies; the semantic part knows only what the texts can name."""
        return slice(self.classes.shape[1], self.dim)

    def images(self, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """Joint vectors (B, D) float32, unit rows, of features and logits of ImageNet's classes.

        Args:
            features: (B, 1280) float32, pooled.
            logits: (B, 1000) float32.
        """
        top = np.argpartition(-logits, TOP - 1, axis=1)[:, :TOP]
        best = np.take_along_axis(logits, top, axis=1) / TEMPERATURE
        weights = np.exp(best - best.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        centred = self.classes - self.classes.mean(axis=0)
        semantic = np.einsum("bk,bkd->bd", weights, centred[top])
        visual = (features - self.mean_features) @ self.basis
        return self._joined(semantic, visual)

    def texts(self, embedded: np.ndarray) -> np.ndarray:
        """Joint vectors (M, D) float32, unit rows, of text embeddings (M, 384) of unit norm."""
        near = embedded @ self.classes.T / KERNEL
        weights = np.exp(near - near.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return self._joined(embedded, weights @ self.rows)

    def reference_mean(self) -> np.ndarray:
        """(D,) float32: the mean over the ImageNet classes, each taken as one ideal picture."""
        centred = self.classes - self.classes.mean(axis=0)
        return self._joined(centred, self.rows).mean(axis=0)

    def _joined(self, semantic: np.ndarray, visual: np.ndarray) -> np.ndarray:
        parts = (
            np.sqrt(1 - VISUAL) * unit_rows(semantic),
            np.sqrt(VISUAL) * unit_rows(visual),
        )
        # Scaled again: a part can be all zeros, and rounding must not leave the unit sphere.
        return unit_rows(np.concatenate(parts, axis=1))


def build(classes: np.ndarray, classifier: np.ndarray, mean_features: np.ndarray) -> JointSpace:
    """The joint space from class embeddings (1000, 384) and classifier weights (1000, 1280)."""
    centred = (classifier - classifier.mean(axis=0)).astype(np.float64)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:DIRECTIONS]
    # The sign of a singular vector is arbitrary and may differ between linear algebra libraries.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    basis = (directions * signs[:, None]).T
    return JointSpace(
        unit_rows(classes),
        unit_rows(centred @ basis),
        basis.astype(np.float32),
        mean_features.astype(np.float32),
    )


_MOST = 100_000_000  # bytes; it has some three million


def cached(path: Path, make: Callable[[], JointSpace]) -> JointSpace:
    """The joint space kept in ``path``, made (and kept) when there is none or it is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load, save

    names = JointSpace.__dataclass_fields__
    try:
        arrays = load(inputs.read_bytes(path, _MOST))
        if set(arrays) == set(names) and all(np.isfinite(a).all() for a in arrays.values()):
            return JointSpace(**arrays)
    except (OSError, ValueError, SafetensorError):
        pass
    space = make()
    replace_file(path, save({name: np.ascontiguousarray(getattr(space, name)) for name in names}))
    return space
