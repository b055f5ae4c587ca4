"""What was learned on top of a base: more numbers beside its vectors, for images like the pairs'.

An image's vector v becomes ``unit([v, w g h, b, r])``, a text's t ``unit([t, w k, c, 0])``. h and k
are two parts side by side, weighted so that both have unit norm: what the text of this image would
be against the text as it is, and the image as it is against what the image of this text would be.
r makes all vectors as long as each other, so the score is what follows, divided by one number:

    v·t + w² g h·k + c b

b takes off half of what an image scores with the learned texts that fit it best, for images that
fit many texts would come up whatever is asked (cross-domain similarity local scaling: Conneau et
al. 2018, arXiv 1710.04087). It is one number for an image, whatever the text.

g in 0..1 says how much an image is like those of the pairs. Where it is 0, b is 0 too, and the
scores are the base's: what the pairs do not speak of stays as it was. The base's own numbers stay
as they are, so labels teach what they taught.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.encoders.base import unit_rows
from core.encoders.tuned.gate import Gate
from core.encoders.tuned.kernel import Kernel, Side

_TOP = 70  # one in so many texts of the bank counts as fitting best
_TAKEN_OFF = 0.5
_AT_ONCE = 4_096  # images; of each its nearness to every landmark is held


@dataclass(frozen=True, eq=False)
class Adapter:
    """The learned part of a tuned encoder.

    Attributes:
        image, text: what was learned of either.
        gate: g of images.
        shares: (2,) float32 of sum one, of the learned score's two parts.
        weight: w, above 0.
        bank: (n, D) float32, the base's vectors of learned texts.
    """

    image: Side
    text: Side
    gate: Gate
    shares: np.ndarray
    weight: float
    bank: np.ndarray

    @property
    def base_dim(self) -> int:
        """D, length of the base's vectors."""
        return len(self.image.kernel.middle)

    @property
    def dim(self) -> int:
        """Length of the tuned vectors."""
        return self.base_dim + self.image.answer.shape[1] + self.text.answer.shape[1] + 2

    @property
    def shrinking(self) -> float:
        """What the base's scores are divided by."""
        return 1.0 + self.weight**2 + self._constant**2

    def images(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (N, dim) float32 of unit norm for the base's vectors of images (N, D).

        A row of NaN stays one. The base's are rounded to half precision first, as a workspace
        keeps them: so it is the same whether they come from there or from the encoder.
        """
        result = np.empty((len(vectors), self.dim), dtype=np.float32)
        for start in range(0, len(vectors), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            result[part] = self._images(vectors[part])
        return result

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (M, dim) float32 of unit norm for the base's vectors of texts (M, D)."""
        rows = np.asarray(vectors, dtype=np.float32)
        ends = np.full((len(rows), 2), [self._constant, 0.0])
        return _joined(rows, self.weight * self._of_texts(rows), ends)

    def average(self, mean: np.ndarray) -> np.ndarray:
        """(dim,) float32 for the base's mean (D,) of photographs, which are unlike the pairs'."""
        none = np.zeros(self.dim - self.base_dim - 1)
        joined = np.concatenate([mean, none, [np.sqrt(self.shrinking - 1.0)]])
        return np.asarray(joined / np.sqrt(self.shrinking), dtype=np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name; `of_tensors` takes them back."""
        own = {"shares": self.shares, "weight": np.array([self.weight]), "bank": self.bank}
        content = own | self.image.tensors("image") | self.text.tensors("text")
        content |= self.gate.tensors()
        return {name: np.ascontiguousarray(array, np.float32) for name, array in content.items()}

    def _images(self, vectors: np.ndarray) -> np.ndarray:
        rounded = np.asarray(vectors, dtype=np.float16).astype(np.float32)
        share = self.gate.share(rounded)[:, None]
        learned = self._weighted(*self.image.parts(rounded))
        fits = self._fits(rounded, learned) - self._level
        most = self._constant
        taken = np.clip(-_TAKEN_OFF * share * fits[:, None] / most, -most, most)
        rest = self.shrinking - 1.0 - (self.weight * share) ** 2 - taken**2
        ends = np.hstack([taken, np.sqrt(np.maximum(0.0, rest))])
        return _joined(rounded, self.weight * share * learned, ends)

    def _of_texts(self, texts: np.ndarray) -> np.ndarray:
        """k (M, r) of the base's vectors of texts (M, D)."""
        answer, own = self.text.parts(texts)
        return self._weighted(own, answer)

    def _weighted(self, *parts: np.ndarray) -> np.ndarray:
        weights = np.sqrt(self.shares)
        return np.hstack([weight * part for weight, part in zip(weights, parts, strict=True)])

    def _fits(self, images: np.ndarray, learned: np.ndarray) -> np.ndarray:
        """Mean score (N,) of images with the texts of the bank that fit each best.

        Args:
            learned: (N, r), h of the images; nothing where the base's scores alone are meant.
        """
        scores = (images - self.image.kernel.middle) @ self.bank.T
        if learned.size:
            scores += self.weight**2 * learned @ self._bank_learned.T
        best = max(1, len(self.bank) // _TOP)
        return np.asarray(np.partition(scores, -best, axis=1)[:, -best:].mean(axis=1))

    @cached_property
    def _bank_learned(self) -> np.ndarray:
        return self._of_texts(self.bank)

    @cached_property
    def _level(self) -> float:
        """What images of the pairs score with the base alone: such stay where strangers are."""
        images = self.gate.typical
        return float(self._fits(images, images[:, :0]).mean())

    @property
    def _constant(self) -> float:
        """c: large enough for what is taken off, which is at most about half of w²."""
        return float(np.sqrt(0.1 + _TAKEN_OFF * self.weight**2))


def of_tensors(tensors: Mapping[str, np.ndarray]) -> Adapter:
    """What `Adapter.tensors` gave.

    Raises:
        ValueError, KeyError: something is missing, of the wrong shape or not finite.
    """
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise ValueError("numbers that are not finite")
    kernels = [Kernel.of_tensors(tensors, name) for name in ("image", "text")]
    answers = [tensors[f"{name}_answer"] for name in ("image", "text")]
    shares, bank, (weight,) = tensors["shares"], tensors["bank"], tensors["weight"].tolist()
    dim = len(kernels[0].middle)
    if len(kernels[1].middle) != dim or bank.ndim != 2 or not len(bank) or bank.shape[1] != dim:
        raise ValueError("parts of different lengths")
    for kernel, own, other in zip(kernels, answers, answers[::-1], strict=True):
        if own.ndim != 2 or other.ndim != 2 or len(own) != len(kernel.landmarks):
            raise ValueError("maps of other lengths than the landmarks")
        if other.shape[1] > kernel.landmarks.shape[1]:
            raise ValueError("answers with more numbers than there are")
    if shares.shape != (2,) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-3:
        raise ValueError("shares that are none")
    if not 0 < weight < 100:
        raise ValueError("a weight of no use")
    image = Side(kernels[0], answers[0], answers[1].shape[1])
    text = Side(kernels[1], answers[1], answers[0].shape[1])
    return Adapter(image, text, Gate.of_tensors(tensors, dim), shares, weight, bank)


def _joined(vectors: np.ndarray, learned: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return unit_rows(np.concatenate([unit_rows(vectors), learned, ends], axis=1))
