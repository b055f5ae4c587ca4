"""The starter: an encoder that works offline in the first minute, from packaged weights alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.base import STARTER, resolve_device
from core.encoders.digests import cache_folder
from core.encoders.starter import files, space
from core.encoders.starter import pixels as inputs
from core.encoders.starter.identity import identity
from core.encoders.starter.image import ImageTower
from core.encoders.starter.text import TextTower

if TYPE_CHECKING:
    from PIL.Image import Image


class StarterEncoder:
    """EfficientNet-Lite0 and MiniLM-L6 in one space (`space.py`). See `core.encoders.base.Encoder`.

    A starter, not a rival of a trained CLIP: it knows what ImageNet's 1,000 classes taught it.
    """

    spec = STARTER
    title = "Starter (offline)"
    centre_scores = True
    temperature: float | None = None

    def __init__(self, device: str = "auto") -> None:
        """Load from the installed packages.

        Raises:
            WinnowError: a package is missing or damaged, or the device is not there.
        """
        self.device = resolve_device(device)
        paths = {file: files.verified(file) for file in files.FILES}
        self.identity = identity()
        self._text = TextTower(paths[files.TEXT_WEIGHTS].parent, self.device)
        self._image = ImageTower(paths[files.IMAGE_WEIGHTS], self.device)
        self._space = space.cached(
            cache_folder() / f"{self.identity}.safetensors",
            lambda: space.build(
                space.embed_classes(self._text), self._image.classifier, self._image.mean_features
            ),
        )
        self.dim = self._space.dim
        self.reference_mean: np.ndarray | None = self._space.reference_mean()

    def preprocess(self, image: Image) -> np.ndarray:
        """RGB image as float32 (3, 224, 224); safe to call from several threads."""
        return inputs.preprocess(image)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, 224, 224) float32 as (B, D) float32 of unit norm."""
        if len(pixels) == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._space.images(*self._image(pixels))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (M, D) float32 of unit norm."""
        if len(texts) == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._space.texts(self._text(texts))
