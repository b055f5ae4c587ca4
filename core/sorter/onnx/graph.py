"""A sorter as one torch module: what `core.sorter.head` does in NumPy, behind an image tower."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from core.sorter.head import Head

_LEAST = 1e-12  # what a length of zero counts as, as in `unit_rows`
_TINY = 1e-30  # what a probability of zero counts as in logs, as in `with_temperature`


class HeadGraph(nn.Module):
    """The head. Its numbers are those of `Head.probabilities` to float32 rounding."""

    texts: torch.Tensor
    middle: torch.Tensor
    slopes: torch.Tensor
    shifts: torch.Tensor
    trusts: torch.Tensor
    weights: torch.Tensor

    def __init__(self, head: Head) -> None:
        super().__init__()
        self._centring, self._looks = head.centring, head.looks
        self._trusts, self._classes = len(head.model.trusts), len(head.texts)
        self._zero_temperature, self._temperature = head.zero_temperature, head.temperature
        self.register_buffer("texts", _tensor(head.texts.T))
        self.register_buffer("middle", _tensor(head.middle))
        self.flat: torch.Tensor | None = None
        if head.flat is not None:  # the last class has no prompts: its texts, so its scores, are 0
            self.flat = torch.zeros(self._classes)
            self.flat[-1] = head.flat
        if self._trusts:
            self.register_buffer("slopes", _tensor(np.hstack(list(head.model.slopes))))
            self.register_buffer("shifts", _tensor(head.model.shifts))
            self.register_buffer("trusts", _tensor(head.model.trusts[:, None]))
            self.register_buffer("weights", _tensor(head.model.weights[:, None]))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Probabilities (B, K) float32 of vectors (B, D) float32 of unit norm."""
        offsets = self._offsets(vectors) / self._zero_temperature
        if self.flat is not None:
            offsets = offsets + self.flat
        if self._trusts:
            seen = vectors
            if self._looks != slice(None):
                seen = normalize(vectors[:, self._looks], dim=1, eps=_LEAST)
            logits = (seen @ self.slopes).reshape(-1, self._trusts, self._classes)
            logits = logits + self.shifts + self.trusts * offsets[:, None]
            raw = (torch.softmax(logits, dim=2) * self.weights).sum(dim=1)
        else:
            raw = torch.softmax(offsets, dim=1)
        if self._temperature == 1.0:
            return raw
        return torch.softmax(raw.clamp_min(_TINY).log() / self._temperature, dim=1)

    def _offsets(self, vectors: torch.Tensor) -> torch.Tensor:
        """Scores (B, K) of the prompts."""
        if self._centring == "images":
            return normalize(vectors - self.middle, dim=1, eps=_LEAST) @ self.texts
        scores = vectors @ self.texts
        return scores - self.middle @ self.texts if self._centring == "scores" else scores


class SorterGraph(nn.Module):
    """An image tower and a head: from pixels to probabilities and vectors."""

    def __init__(self, tower: nn.Module, head: Head) -> None:
        super().__init__()
        self.tower, self.head = tower, HeadGraph(head)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Probabilities (B, K) and vectors (B, D), float32, of pixels (B, H, W, 3) uint8."""
        # Through half precision, as a workspace stores vectors: so probabilities are those of it.
        vectors = self.tower(pixels).half().float()
        return self.head(vectors), vectors


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)  # a copy: arrays may be read-only
