"""How much an image is like those that an encoder was tuned on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.encoders.tuned.kernel import Kernel

LANDMARKS = 800
NEAR, FAR = 0.85, 0.95
"""Of held-out images of the pairs, the share that is nearer than where the gate begins to close,
and than where it is closed. So one in twenty is treated as a stranger; of photographs of clothes
and of CIFAR-10, 97 in 100 are, where the pairs are of clip art."""
_NOISE = 0.1  # of a Gaussian process: how far a landmark speaks for images like it
_SHRINK = 5.0  # what a variance is shrunk by, in mean variances


@dataclass(frozen=True, eq=False)
class Gate:
    """A distance, and where it means that an image is a stranger.

    It is the sum of two, of equal spread: how little the images of pairs say about an image, which
    is the variance of a Gaussian process that has seen them (Rasmussen and Williams 2006, equation
    2.26), and how far it lies from them towards ordinary photographs, along Fisher's linear
    discriminant (1936), where the encoder says where those lie.

    Attributes:
        kernel: of the images that are learned from.
        root: (m, m) float32, R such that the variance is 1 - |near R|².
        outwards: (D,) float32, towards photographs; zeros where nobody knows that.
        near, far: distances up to which the share is 1, and from which it is 0.
    """

    kernel: Kernel
    root: np.ndarray
    outwards: np.ndarray
    near: float
    far: float

    @classmethod
    def fit(
        cls, learned: np.ndarray, others: np.ndarray, photographs: np.ndarray | None = None
    ) -> Gate:
        """Measure images (N, D) that are learned from, and find the limits on others of the kind.

        Args:
            others: (n, D), held out, at least one.
            photographs: (D,), the encoder's mean of them; None where it has none.
        """
        kernel = Kernel.fit(learned, LANDMARKS)
        inside = kernel.near(kernel.landmarks).astype(np.float64)
        lower = np.linalg.cholesky(inside + _NOISE * np.eye(len(inside)))
        root = np.ascontiguousarray(np.linalg.inv(lower).T, dtype=np.float32)
        fitted = cls(kernel, root, np.zeros_like(kernel.middle), 0.0, 0.0)
        if photographs is not None:
            towards = _discriminant(learned - kernel.middle, photographs - kernel.middle)
            spreads = fitted.distance(others).std(), ((others - kernel.middle) @ towards).std()
            towards *= spreads[0] / max(float(spreads[1]), 1e-12)
            fitted = replace(fitted, outwards=towards.astype(np.float32))
        near, far = np.quantile(fitted.distance(others), [NEAR, FAR]).tolist()
        return replace(fitted, near=near, far=max(far, near + 1e-3 * abs(near) + 1e-6))

    def distance(self, vectors: np.ndarray) -> np.ndarray:
        """Distances (N,) of the base's vectors (N, D)."""
        seen = self.kernel.near(self.kernel.coordinates(vectors)) @ self.root
        outwards = (vectors - self.kernel.middle) @ self.outwards
        return np.asarray(1.0 - (seen**2).sum(axis=1) + outwards)

    @cached_property
    def typical(self) -> np.ndarray:
        """(m, D) float32, the landmarks as images, up to what the frame leaves out."""
        kernel = self.kernel
        images = kernel.middle + kernel.landmarks @ np.linalg.pinv(kernel.frame)
        return np.asarray(images, dtype=np.float32)

    def share(self, vectors: np.ndarray) -> np.ndarray:
        """g, (N,) float32 in 0..1: 1 for images like those learned, 0 for strangers."""
        share = (self.far - self.distance(vectors)) / (self.far - self.near)
        return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name."""
        limits = np.array([self.near, self.far])
        own = {"gate_root": self.root, "gate_outwards": self.outwards, "gate_limits": limits}
        return self.kernel.tensors("gate") | own

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, np.ndarray], dim: int) -> Gate:
        """What ``tensors`` gave; ValueError or KeyError where it does not fit a ``dim``."""
        kernel, root = Kernel.of_tensors(tensors, "gate"), tensors["gate_root"]
        outwards, square = tensors["gate_outwards"], 2 * (len(kernel.landmarks),)
        if (kernel.middle.shape, outwards.shape, root.shape) != ((dim,), (dim,), square):
            raise ValueError("a gate of other shapes than the maps")
        near, far = tensors["gate_limits"].tolist()
        if not near < far:
            raise ValueError("a gate that never closes")
        return cls(kernel, root, outwards, near, far)


def _discriminant(learned: np.ndarray, away: np.ndarray) -> np.ndarray:
    """(D,) along which centred images (N, D) differ most, for their spread, from a mean (D,)."""
    rows = learned.astype(np.float64)
    covariance = rows.T @ rows / len(rows)
    covariance[np.diag_indices_from(covariance)] += _SHRINK * np.trace(covariance) / len(away)
    return np.asarray(np.linalg.solve(covariance, away.astype(np.float64)))
