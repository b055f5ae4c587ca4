"""A tuned encoder: a base and what was learned on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.base import Encoder
from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.files import Header

if TYPE_CHECKING:
    from PIL.Image import Image


class TunedEncoder:
    """See `core.encoders.base.Encoder`; everything that is not learned is the base's own."""

    def __init__(self, spec: str, header: Header, adapter: Adapter, base: Encoder) -> None:
        self.spec = spec
        self.title = f"{header.name} ({base.title}, tuned)"
        self.identity = header.identity
        self.dim = adapter.dim
        self.device, self.lanes, self.draft_px = base.device, base.lanes, base.draft_px
        start, stop, _ = base.looks.indices(base.dim)
        self.looks = slice(start, stop)
        self.centre_scores = base.centre_scores
        own = base.temperature
        self.temperature = None if own is None else own / adapter.shrinking
        mean = base.reference_mean
        self.reference_mean = None if mean is None else adapter.average(mean)
        self.notes = base.notes
        self.preprocessor = base.preprocessor
        self._adapter, self._base = adapter, base

    def preprocess(self, image: Image) -> np.ndarray:
        """As the base does it."""
        return self._base.preprocess(image)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """Preprocessed images as (B, D) float32 of unit norm; a row of NaN where it has none."""
        vectors = self._adapter.images(self._base.encode_images(pixels))
        self.notes = self._base.notes  # it may learn on the way how it runs
        return vectors

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (M, D) float32 of unit norm; errors as the base's."""
        return self._adapter.texts(self._base.encode_texts(texts))
