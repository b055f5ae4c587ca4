"""The starter: an encoder that works offline in the first minute, from packaged weights alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.encoders.base import DRAFT_SIDES, resolve_device
from core.encoders.digests import cache_folder
from core.encoders.lanes import lanes_for
from core.encoders.starter import classes, files, space, weights
from core.encoders.starter import pixels as inputs
from core.encoders.starter.identity import identity
from core.encoders.starter.weights import State
from core.encoders.towers import ImageTower

if TYPE_CHECKING:
    from PIL.Image import Image

    from core.encoders.starter.text import TextTower

SPEC = "starter"

Tower = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class _Images(NamedTuple):
    """The loaded image tower, calls that may run side by side, what the user should know of it."""

    tower: Tower
    lanes: int
    notes: tuple[str, ...]


class StarterEncoder:
    """EfficientNet-Lite0 and MiniLM-L6 in one space (`space.py`). See `core.encoders.base.Encoder`.

    A starter, not a rival of a trained CLIP: it knows what ImageNet's 1,000 classes taught it.
    """

    spec = SPEC
    title = "Starter (offline)"
    centre_scores = True
    temperature: float | None = None
    draft_px: int | None = DRAFT_SIDES * inputs.SIDE
    preprocessor = staticmethod(inputs.preprocess)

    def __init__(self, device: str = "auto") -> None:
        """Load from the installed packages.

        Raises:
            WinnowError: a package is missing or damaged, or the device is not there.
        """
        self.device = resolve_device(device)
        self._paths = {file: files.verified(file) for file in files.FILES}
        self.identity = identity()
        # Each tower is loaded when it is first needed: a server whose images are embedded has its
        # first pages seconds earlier without PyTorch.
        self._image_tower: _Images | None = None
        self._text_tower: TextTower | None = None
        self._loading = threading.Lock()
        self._space = space.cached(cache_folder() / f"{self.identity}.safetensors", self._joint)
        self.dim = self._space.dim
        self.looks = self._space.looks
        self.reference_mean: np.ndarray | None = self._space.reference_mean()

    @property
    def lanes(self) -> int:
        """See `core.encoders.base.Encoder`. Who asks is about to encode: the tower is loaded."""
        return self._images().lanes

    @property
    def notes(self) -> tuple[str, ...]:
        """See `core.encoders.base.Encoder`; it takes loading the image tower to tell."""
        return self._images().notes

    def preprocess(self, image: Image) -> np.ndarray:
        """RGB image as uint8 (224, 224, 3); safe to call from several threads."""
        return inputs.preprocess(image)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 224, 224, 3) uint8 as (B, D) float32 of unit norm."""
        if len(pixels) == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._space.images(*self._images().tower(pixels))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (M, D) float32 of unit norm."""
        if len(texts) == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._space.texts(self._text(texts))

    def image_tower(self) -> ImageTower:
        """See `core.encoders.towers.HasTower`."""
        from core.encoders.starter.tower import StarterTower

        return ImageTower(
            StarterTower(self._state(), self._space).eval(), dict(inputs.PREPROCESSING)
        )

    def _state(self) -> State:
        return weights.read(self._paths[files.IMAGE_WEIGHTS])

    def _joint(self) -> space.JointSpace:
        state = self._state()
        rows, mean = weights.classifier(state), weights.mean_features(state)
        return space.build(classes.vectors(), rows, mean)

    def _images(self) -> _Images:
        if self._image_tower is None:
            with self._loading:
                if self._image_tower is None:
                    self._image_tower = _images(self._state(), self.device)
        return self._image_tower

    def _text(self, texts: Sequence[str]) -> np.ndarray:
        """Text embeddings (M, 384). The tower is loaded when the first text comes.

        Embedding a folder needs none, and loading it takes longer than the image tower.
        """
        with self._loading:
            if self._text_tower is None:
                from core.encoders.starter.text import TextTower

                folder = self._paths[files.TEXT_WEIGHTS].parent
                self._text_tower = TextTower(folder, self.device)
        return self._text_tower(texts)


def _images(state: State, device: str) -> _Images:
    """The fastest image tower that runs here, and what the user should know about it."""
    lanes = lanes_for(device)
    notes: tuple[str, ...] = ()
    if device == "cpu":
        from core.encoders.starter.graph import GraphTower

        try:
            return _Images(GraphTower(state, lanes), lanes, ())
        except ImportError:
            why = "OpenVINO is not installed (pip install openvino)"
        except RuntimeError as error:
            why = f"OpenVINO does not run here ({str(error).strip().splitlines()[0][:120]})"
        notes = (f"{why}: the starter uses PyTorch, which takes about four times as long.",)
    from core.encoders.starter.image import ImageTower

    return _Images(ImageTower(state, device), lanes, notes)
