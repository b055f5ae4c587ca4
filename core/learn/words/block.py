"""The words of a pool as features and as logits, beside those of its pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.learn.models.calibration import pool_temperature
from core.learn.models.frame import Frame, frame_of
from core.learn.words.agreement import ALONE, agreement

__all__ = ["Words", "word_frame"]

_DIRECTIONS, _ROWS = 200, 20_000

_Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Words:
    """What images say in words, N of them, some perhaps nothing.

    Attributes:
        frame: from text vectors (D,) to features (r,), r at most 200.
        features: (N, r) float32, of mean squared norm 1 over the images with words; else zeros.
        present: (N,) bool, which images have words.
        own: (N, K) float32 logits of the words alone, zeros for images without.
        joint: (N, K) float32 zero-shot logits of picture and words; the picture's for images
            without.
        temperature: what scores of texts are divided by to be ``own``.
        scales: of the picture's logits and of ``own`` in ``joint``.
    """

    frame: Frame
    features: _Float
    present: NDArray[np.bool_]
    own: _Float
    joint: _Float
    temperature: float
    scales: tuple[float, float]

    @classmethod
    def make(
        cls,
        vectors: _Float,
        texts: NDArray[np.integer],
        scores: NDArray[np.floating],
        logits: NDArray[np.floating],
    ) -> Words:
        """The words of a pool.

        Args:
            vectors: (M, D) unit vectors of its distinct texts, M >= 1.
            texts: (N,) the text of each image, -1 for none.
            scores: (M, K) similarity of the texts to the classes' prompts.
            logits: (N, K) zero-shot logits of the pictures.

        Raises:
            ValueError: shapes do not match, a value is not finite, or no image has a text.
        """
        present = texts >= 0
        if vectors.ndim != 2 or scores.shape != (len(vectors), logits.shape[1]):
            raise ValueError(f"text vectors {vectors.shape} and scores {scores.shape} do not match")
        if texts.shape != (len(logits),) or not present.any() or texts.max() >= len(vectors):
            raise ValueError(f"texts {texts.shape} do not number those of {len(logits)} images")
        if not np.isfinite(vectors).all():
            raise ValueError("text vectors hold a value that is not finite")
        of_image = texts[present]
        frame = word_frame(vectors, of_image)
        features = np.zeros((len(texts), frame.turn.shape[1]), np.float32)
        features[present] = frame.features(vectors)[of_image]
        temperature = pool_temperature(scores[of_image])
        own = np.zeros(logits.shape, np.float32)
        own[present] = scores[of_image] / temperature
        scales = agreement(logits[present], own[present])
        joint = logits.astype(np.float32)
        joint[present] = _joint(joint[present], own[present], scales)
        return cls(frame, features, present, own, joint, temperature, scales)

    @classmethod
    def scaled(
        cls,
        frame: Frame,
        features: _Float,
        own: _Float,
        logits: _Float,
        temperature: float,
        scales: tuple[float, float],
    ) -> Words:
        """The words of images (n,) that all have some, with what a pool found: see `Words`.

        Args:
            features: (n, r); own: (n, K) logits of the words; logits: (n, K) of the pictures.
        """
        present = np.ones(len(own), dtype=bool)
        own = own.astype(np.float32, copy=False)
        joint = _joint(logits.astype(np.float32), own, scales)
        return cls(frame, features, present, own, joint, temperature, scales)

    def take(self, rows: NDArray[np.integer]) -> Words | None:
        """Those of some images (n,) of the pool; None where none of them has any."""
        if not self.present[rows].any():
            return None
        return replace(
            self,
            features=self.features[rows],
            present=self.present[rows],
            own=self.own[rows],
            joint=self.joint[rows],
        )

    def outside(
        self, vectors: _Float, scores: NDArray[np.floating], logits: NDArray[np.floating]
    ) -> Words:
        """What images (n) say that are not of the pool, as it would count there.

        Args:
            vectors: (n, D) unit vectors of a text each; (0, D) where none of them has words.
            scores: (n, K) or (0, K) similarity of the texts to the classes' prompts.
            logits: (n, K) zero-shot logits of the pictures.
        """
        logits = logits.astype(np.float32)
        if len(vectors):
            features, own = self.frame.features(vectors), scores / np.float32(self.temperature)
            return Words.scaled(self.frame, features, own, logits, self.temperature, self.scales)
        features = np.zeros((len(logits), self.features.shape[1]), np.float32)
        absent = np.zeros(len(logits), dtype=bool)
        own = np.zeros(logits.shape, np.float32)
        return replace(self, features=features, present=absent, own=own, joint=logits)

    @property
    def agree(self) -> bool:
        """Whether words and pictures say the same more often than by chance."""
        return self.scales != ALONE

    def beside(self, vectors: _Float) -> _Float:
        """(N, D + r + 1) inputs of the model: image vectors, features of words, whether any."""
        return np.hstack([vectors, self.features, self.present[:, None].astype(np.float32)])

    def offsets(self, logits: NDArray[np.floating]) -> _Float:
        """(N, 3 K) zero-shot logits, side by side: of pictures, of both, of words."""
        return np.hstack([logits.astype(np.float32), self.joint, self.own])


def _joint(pictures: _Float, words: _Float, scales: tuple[float, float]) -> _Float:
    a, b = scales
    return pictures if scales == ALONE else a * pictures + b * words


def word_frame(vectors: _Float, texts: NDArray[np.integer]) -> Frame:
    """Return the frame of texts: as that of images, but of the 200 strongest directions.

    vectors: (M, D) distinct texts. texts: (n,) the text of each image that has one, so that what
    many images say counts for that many. Found on at most 20,000 of the images.
    """
    sample = vectors[texts[:: -(-len(texts) // _ROWS)]]
    whole = frame_of(sample)
    gains, axes = np.linalg.eigh(whole.turn)
    turned = whole.features(sample) @ axes.astype(np.float32)
    strength = np.square(turned, dtype=np.float64).mean(axis=0)
    best = np.argsort(-strength, kind="stable")[:_DIRECTIONS]
    total = float(strength[best].sum())
    turn = axes[:, best] * (gains[best] / np.sqrt(total) if total > 0 else 0.0)
    return Frame(whole.centre, turn)
