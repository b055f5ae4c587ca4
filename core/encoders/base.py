"""What every encoder offers, and the small types that go with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from PIL.Image import Image

DRAFT_SIDES = 4
"""A JPEG may be decoded smaller as long as its shorter side keeps this many times the input's side.

Vectors then differ from those of a full decode by less than 0.001 in cosine (at 2 times: by up to
0.006 on clothing photos).
"""


class Encoder(Protocol):
    """Images and texts as unit vectors of one space; the dot product is the score.

    Attributes:
        spec: what the user typed.
        title: short human name.
        identity: folder-safe name of at most 80 characters that changes with architecture, weights
            or preprocessing; vectors of different identities must never be mixed.
        dim: length D of a vector.
        device: "cpu" or "cuda".
        lanes: calls of ``encode_images`` that should run side by side.
        draft_px: pixels that the shorter side of a JPEG keeps when it is decoded smaller, which is
            faster; None: decode at full size.
        notes: what the user should know about how it runs here, one sentence each.
        looks: which of the D numbers tell how an image looks; learning and neighbours use those.
        centre_scores: the collection's mean must be taken off image vectors before scoring.
        temperature: of a softmax over scores; None: to be chosen from the pool.
        reference_mean: (D,) float32, what an average photograph encodes to, for centring a
            collection too small to tell; None where scores are not centred.
    """

    spec: str
    title: str
    identity: str
    dim: int
    device: str
    draft_px: int | None
    looks: slice
    centre_scores: bool
    temperature: float | None
    reference_mean: np.ndarray | None

    @property
    def preprocessor(self) -> Callable[[Image], np.ndarray]:
        """Does what ``preprocess`` does, without the model; can be sent to other processes."""
        ...

    @property
    def lanes(self) -> int:
        """See above; known once the image model is loaded, which asking does."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """See above; known once the image model is loaded, which asking does."""
        ...

    def preprocess(self, image: Image) -> np.ndarray:
        """An RGB image resized and cropped to uint8 (H, W, 3). Several threads may call it."""
        ...

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """Preprocessed images (B, H, W, 3) uint8 as (B, D) float32 of unit norm.

        Several threads may call it. What does not fit into memory raises MemoryError or
        torch.OutOfMemoryError; the encoder stays usable. An image that the model has no direction
        for (numbers that are not finite, or all zero) is a row of NaN.
        """
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts of any length as (M, D) float32 of unit norm; the tokenizer cuts long ones.

        Several threads may call it.

        Raises:
            WinnowError: the model has no direction for one of them.
        """
        ...


NO_VECTOR = "the model makes no usable vector of it (numbers that are not finite, or zeros)"
"""Why an image cannot be used although it could be read."""


def directions(vectors: np.ndarray) -> np.ndarray:
    """What a model returned, (N, D) floats, as float32 rows of unit norm.

    A row that is not finite or all zero points nowhere and becomes NaN. Rows of any size are taken:
    they are brought to a middling one before their norm is.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = rows / np.where(np.isfinite(largest) & (largest > 0), largest, np.nan)
        return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


def of_texts(vectors: np.ndarray, texts: Sequence[str], model: str) -> np.ndarray:
    """Vectors (M, D) of ``texts`` as they are, unless one of them points nowhere.

    Raises:
        WinnowError: one does not; the sentence names the text and the ``model``.
    """
    usable = np.isfinite(vectors).all(axis=-1) & vectors.any(axis=-1)
    if not usable.all():
        text = texts[int(np.flatnonzero(~usable)[0])]
        text = " ".join(text.split())
        text = text if len(text) <= 60 else text[:57] + "…"
        raise WinnowError(
            f'The model {model} makes no usable vector of the text "{text}" (numbers that are not '
            "finite, or zeros): word it differently, or use another model."
        )
    return vectors


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows of (N, D) scaled to length one, as float32; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def clean_text(text: str, limit: int) -> str:
    """The first ``limit`` characters with lone surrogates replaced: no tokenizer takes those.

    Tokenizers keep a few hundred tokens, but some take time with the square of a word's length.
    """
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


_GPU_DEVICES = ("nvidiactl", "nvidia0", "nvmap", "nvgpu", "nvhost-gpu", "dxg", "kfd")
"""Files in /dev, one of which the driver of a GPU that PyTorch calls CUDA makes on Linux."""


def resolve_device(device: str) -> str:
    """ "cpu" or "cuda" for what the user asked; "auto" takes CUDA where there is one.

    PyTorch takes seconds to import, so it is asked only where there may be a GPU.

    Raises:
        WinnowError: unknown name, or CUDA asked for where PyTorch finds none.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise WinnowError(f'The device "{device}" is not known: use auto, cpu or cuda.')
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        return "cpu"
    import torch

    present = torch.cuda.is_available()
    if device == "cuda" and not present:
        raise WinnowError(
            "The device cuda was asked for but PyTorch finds no CUDA GPU here: use --device cpu, "
            "or install a CUDA build of PyTorch and the driver."
        )
    return "cuda" if present else "cpu"


def _may_have_gpu() -> bool:
    """Whether a GPU's driver may be there; always true where it cannot be told from files."""
    if not sys.platform.startswith("linux"):
        return True
    return any(Path(f"/dev/{name}").exists() for name in _GPU_DEVICES)
