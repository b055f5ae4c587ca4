"""Vectors compared with those of pairs: how near each is to each of a few hundred landmarks.

Nearness is a Gaussian kernel in a frame: centred, the directions in which the pairs' vectors differ
most, each scaled towards the same spread. A map from nearness says of a vector what is true of the
pairs that it is like, so it bends where a linear one cannot, and far from all pairs it says nothing
(Gaussian processes: Rasmussen and Williams 2006, chapters 2 and 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.encoders.base import unit_rows

DIRECTIONS = 400
LANDMARKS = 2_000
_SPREAD = 0.25  # directions are divided by this power of their spread
_THINNEST = 1e-4  # of the largest spread; what is thinner is rounding


@dataclass(frozen=True, eq=False)
class Kernel:
    """A frame, and landmarks in it.

    Attributes:
        middle: (D,) float32.
        frame: (D, k) float32; coordinates of the vectors that it was fitted on have a mean square
            length of one.
        landmarks: (m, k) float32, coordinates.
    """

    middle: np.ndarray
    frame: np.ndarray
    landmarks: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, most: int = LANDMARKS) -> Kernel:
        """The frame of vectors (N, D), and at most ``most`` of them, drawn at random."""
        middle = vectors.mean(axis=0)
        centred = (vectors - middle).astype(np.float64)
        variance, directions = np.linalg.eigh(centred.T @ centred / len(centred))
        spread = np.sqrt(np.maximum(variance[::-1], 0.0))
        count = min(DIRECTIONS, int((spread > _THINNEST * spread[0]).sum()))
        frame = directions[:, ::-1][:, :count] * np.maximum(spread[:count], 1e-12) ** -_SPREAD
        length = float(np.sqrt(((centred @ frame) ** 2).sum(axis=1).mean()))
        scaled = np.ascontiguousarray(frame / max(length, 1e-12), dtype=np.float32)
        drawn = np.random.default_rng(0).permutation(len(vectors))[:most]
        return cls(middle, scaled, (vectors[np.sort(drawn)] - middle) @ scaled)

    def coordinates(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (N, D) in the frame, (N, k) float32, the widest directions first."""
        return np.asarray((vectors - self.middle) @ self.frame, dtype=np.float32)

    def near(self, coordinates: np.ndarray) -> np.ndarray:
        """How near coordinates (N, k) are to each landmark, (N, m) float32 in 0..1."""
        lengths = [(rows**2).sum(axis=1) for rows in (coordinates, self.landmarks)]
        distance = lengths[0][:, None] + lengths[1] - 2 * coordinates @ self.landmarks.T
        return np.asarray(np.exp(-0.5 * np.maximum(distance, 0.0)), dtype=np.float32)

    def side(self, answer: np.ndarray, own: int) -> Side:
        """With what was learned on top; see `Side`."""
        return Side(self, answer, own)

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """All of it as arrays, whose names begin with ``name``."""
        own = ("middle", "frame", "landmarks")
        return {f"{name}_{part}": getattr(self, part) for part in own}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, np.ndarray], name: str) -> Kernel:
        """What `tensors` gave; ValueError or KeyError where it does not fit together."""
        parts = [tensors[f"{name}_{part}"] for part in ("middle", "frame", "landmarks")]
        middle, frame, landmarks = parts
        if frame.ndim != 2 or landmarks.ndim != 2 or not landmarks.size:
            raise ValueError("a frame or landmarks of no use")
        if (middle.shape, frame.shape[1]) != ((len(frame),), landmarks.shape[1]):
            raise ValueError("landmarks that are not of the frame")
        return cls(middle, frame, landmarks)


@dataclass(frozen=True, eq=False)
class Side:
    """What was learned of images, or of texts.

    Attributes:
        kernel: of their vectors.
        answer: (m, a) float32, from nearness to the coordinates of what they belong to.
        own: how many of their own coordinates the other side answers with.
    """

    kernel: Kernel
    answer: np.ndarray
    own: int

    def parts(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The answer (N, a) and own coordinates (N, own), float32, unit rows each."""
        coordinates = self.kernel.coordinates(vectors)
        answer = self.kernel.near(coordinates) @ self.answer
        return unit_rows(answer), unit_rows(coordinates[:, : self.own])

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """All of it but `own` as arrays, whose names begin with ``name``."""
        return self.kernel.tensors(name) | {f"{name}_answer": self.answer}
