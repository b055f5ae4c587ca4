"""What a run knows of its own quality: the same for the app and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.learn.judging.metrics import evaluate
from core.learn.models.calibration import with_temperature
from core.learn.predictions import Predictions

LEAST = 10
"""Random images from which the record of a run has figures, as on the Metrics page."""


@dataclass(frozen=True)
class Measured:
    """Figures in the form of ``winnow evaluate --json``, and a sentence on where they are from."""

    metrics: Mapping[str, Any]
    basis: str


def measure(predictions: Predictions, truth: Mapping[str, Any] | None) -> Measured | None:
    """The figures of a run: against a truth where there is one, else of the audit images.

    Args:
        truth: figures against a truth file.

    Returns:
        None when there is neither a truth nor enough audit images.
    """
    if truth is not None:
        n = truth.get("n")
        images = f"{n:,} images" if isinstance(n, int) else "the images"
        return Measured(truth, f"Measured on {images} of a truth file, without labeled ones.")
    n = len(predictions.audit)
    if n < LEAST:
        return None
    unseen = with_temperature(predictions.unseen, predictions.temperature)
    drawn, size = predictions.human[predictions.audit], len(predictions.probabilities)
    evaluation = evaluate(drawn, unseen, predictions.names, population=size)
    return Measured(
        evaluation.as_json(),
        f"Measured on {n:,} random images, with models that did not see their labels.",
    )


def calibration_of(predictions: Predictions) -> dict[str, Any] | None:
    """How the probabilities were calibrated, None when no temperature was fitted to labels."""
    if predictions.temperature == 1.0:  # until there are enough audit images
        return None
    return {"temperature": predictions.temperature, "audit_images": len(predictions.audit)}
