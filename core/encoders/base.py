"""What every encoder offers, and the small types that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.errors import WinnowError

if TYPE_CHECKING:
    from PIL.Image import Image

STARTER = "starter"
USE_STARTER = "the starter model works offline: use --model starter"


@dataclass(frozen=True)
class DownloadProgress:
    """How far the download of one file is: bytes ``done`` of ``total`` (None: not known)."""

    file: str
    done: int
    total: int | None


Progress = Callable[[DownloadProgress], None]
Cancelled = Callable[[], bool]


class DownloadCancelled(WinnowError):
    """The person stopped a download; what arrived is kept and the next attempt goes on from it."""


class Encoder(Protocol):
    """Images and texts as unit vectors of one space; the dot product is the score.

    Attributes:
        spec: what the user typed.
        title: short human name.
        identity: folder-safe name of at most 80 characters that changes with architecture, weights
            or preprocessing; vectors of different identities must never be mixed.
        dim: length D of a vector.
        device: "cpu" or "cuda".
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
    centre_scores: bool
    temperature: float | None
    reference_mean: np.ndarray | None

    def preprocess(self, image: Image) -> np.ndarray:
        """An RGB image as float32 (3, H, W). Safe to call from several threads at once."""
        ...

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """Preprocessed images (B, 3, H, W) float32 as (B, D) float32 of unit norm."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts of any length as (M, D) float32 of unit norm; the tokenizer cuts long ones."""
        ...


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows of (N, D) scaled to length one, as float32; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def clean_text(text: str, limit: int) -> str:
    """The first ``limit`` characters with lone surrogates replaced: no tokenizer takes those.

    Tokenizers keep a few hundred tokens, but some take time with the square of a word's length.
    """
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def resolve_device(device: str) -> str:
    """ "cpu" or "cuda" for what the user asked; "auto" takes CUDA where there is one.

    Raises:
        WinnowError: unknown name, or CUDA asked for where PyTorch finds none.
    """
    import torch

    if device not in ("auto", "cpu", "cuda"):
        raise WinnowError(f'The device "{device}" is not known: use auto, cpu or cuda.')
    present = torch.cuda.is_available()
    if device == "cuda" and not present:
        raise WinnowError(
            "The device cuda was asked for but PyTorch finds no CUDA GPU here: use --device cpu, "
            "or install a CUDA build of PyTorch and the driver."
        )
    return "cuda" if present and device != "cpu" else "cpu"
