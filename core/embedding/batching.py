"""How many images go through the encoder at once, and what happens when they do not fit."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable

import numpy as np

from core.runtime.errors import WinnowError

# A few images keep a processor core busy and stay in its cache; a GPU needs many.
CPU_IMAGES = 8
GPU_FIRST, GPU_MOST = 64, 256


class BatchSize:
    """The number of images in a batch: grows while batches fit, halves when one does not.

    Threads share it.

    Attributes:
        now: images that the next batch should hold.
        most: what ``now`` may grow to, as far as is known.
        filled: a smaller batch is filled up to ``now`` and the rest thrown away. Processors round
            differently for batches of different sizes; with one size an image's vector is the same
            to the last bit whatever came before it, a run that was killed included.
    """

    def __init__(self, first: int, most: int, filled: bool = False) -> None:
        self.now = first
        self.filled = filled
        self.most = most
        self._lock = threading.Lock()

    @classmethod
    def for_device(cls, device: str, asked: int | None, steady: bool = False) -> BatchSize:
        """For a device; a number that was asked for is kept to, unless it does not fit.

        Args:
            steady: all batches are of one size from the beginning, and filled.
        """
        if steady:
            size = asked or (CPU_IMAGES if device == "cpu" else GPU_MOST)
            return cls(size, size, filled=True)
        if asked is not None:
            return cls(asked, asked)
        if device == "cpu":
            return cls(CPU_IMAGES, CPU_IMAGES, filled=True)
        return cls(GPU_FIRST, GPU_MOST)

    def fitted(self, images: int) -> None:
        """A batch of ``images`` went through."""
        with self._lock:
            if images >= self.now:
                self.now = min(self.most, 2 * self.now)

    def failed(self, images: int) -> None:
        """A batch of ``images`` did not fit: from now on half of it is the most."""
        with self._lock:
            self.most = max(1, min(self.most, images // 2))
            self.now = min(self.now, self.most)


def encode(
    encode_images: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray, size: BatchSize
) -> np.ndarray:
    """Vectors (B, D) of ``pixels`` (B, ...), in as many parts as memory asks for.

    A batch that does not fit is halved and tried again, so none of its images is lost.

    Raises:
        WinnowError: not even one image fits.
    """
    parts: list[np.ndarray] = []
    start, step = 0, len(pixels)
    while start < len(pixels):
        part = pixels[start : start + step]
        try:
            missing = size.now - len(part) if size.filled else 0
            filling = [np.repeat(part[-1:], missing, axis=0)] if missing > 0 else []
            batch = np.concatenate([part, *filling]) if filling else part
            parts.append(encode_images(batch)[: len(part)])
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if len(part) == 1:
                raise WinnowError(
                    "There is not enough memory to encode even one image: close other programs, "
                    "or choose a smaller model."
                ) from error
            size.failed(len(part))
            step = max(1, len(part) // 2)
        else:
            size.fitted(len(part))
            start += len(part)
            continue
        _release()  # outside of the handler: the error's traceback keeps the batch's tensors alive
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was missing, on a GPU or beside it."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    # PyTorch on a CPU and OpenVINO have no error class of their own for it.
    text = str(error)
    return "can't allocate memory" in text or "not enough memory" in text or "bad_alloc" in text


def _release() -> None:
    """Give what a failed batch left behind back to the device."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
