"""Whether an ONNX file says what the sorter says: both are asked about the same pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from core.encoders.base import Encoder, unit_rows
from core.runtime.errors import WinnowError
from core.sorter.head import Head
from core.sorter.onnx.writing import INPUT, OUTPUTS

LIMIT = 1e-3
"""By how much a probability may differ."""
LEAST_COSINE = 0.9999
"""Of the two vectors of a picture."""
_BATCHES = (1, 3, 8)  # one after the other, the last one over and over
_QUIET = 3  # errors only


@dataclass(frozen=True)
class Checked:
    """How far a file and the sorter are apart.

    Attributes:
        images: pictures that both were asked about.
        difference: the largest of probabilities; cosine: the least of vectors.
    """

    images: int
    difference: float
    cosine: float


def check(path: Path, head: Head, encoder: Encoder, pixels: np.ndarray) -> Checked:
    """Ask both, with batches of several sizes.

    Args:
        encoder: on the CPU, where its arithmetic is that of the file.
        pixels: (B, H, W, 3) uint8, at least one picture, see ``encoder.preprocess``.

    Raises:
        WinnowError: the file cannot be run, or says something else.
    """
    try:
        probabilities, vectors = run(path, pixels)
    except Exception as error:  # onnxruntime has errors of its own, of several kinds
        reason = " ".join(str(error).split())[:200]
        raise WinnowError(
            f"The ONNX graph was not written, for onnxruntime {onnxruntime.__version__} cannot run "
            f"it ({reason}): export without --onnx."
        ) from error
    ours = encoder.encode_images(pixels)
    expected = head.probabilities(ours.astype(np.float16))
    checked = Checked(
        len(pixels),
        float(np.abs(probabilities - expected).max()),
        float((unit_rows(vectors) * ours).sum(axis=1).min()),
    )
    # Written so that numbers that are none are refused.
    if not (checked.difference <= LIMIT and checked.cosine >= LEAST_COSINE):
        raise WinnowError(
            f"The ONNX graph was not written: on {checked.images} pictures its probabilities "
            f"differ from Winnow's by up to {checked.difference:.4f}, and at most {LIMIT} may be "
            f"(least cosine of vectors {checked.cosine:.5f}): export without --onnx."
        )
    return checked


def run(path: Path, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (B, K) and vectors (B, D) that a file gives, in batches of several sizes."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    answers: list[list[np.ndarray]] = []
    begin = 0
    while begin < len(pixels):
        size = _BATCHES[min(len(answers), len(_BATCHES) - 1)]
        answers.append(session.run(list(OUTPUTS), {INPUT: pixels[begin : begin + size]}))
        begin += size
    probabilities, vectors = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    return probabilities, vectors
