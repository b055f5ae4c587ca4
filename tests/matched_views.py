"""Encoders that see parts of what tells images apart, as a blend or a re-ranking takes them."""

from __future__ import annotations

import numpy as np

from core.encoders.base import unit_rows
from core.services.metrics.blending import Matched

COUNT = 300


def view(model: str, side: slice, scale: float = 1.0, noise: float = 0.4) -> Matched:
    """An encoder that sees some of the numbers that tell images apart."""
    random = np.random.default_rng(0)
    truth = random.normal(size=(COUNT, 12))
    seen = truth[:, side]
    images = unit_rows(seen + noise * random.normal(size=seen.shape))
    texts = unit_rows(seen + noise * random.normal(size=seen.shape))
    rows = np.arange(COUNT)
    ids = [f"{row:03d}" for row in rows]
    return Matched(model, ids, images, ids, (scale * texts).astype(np.float32), rows, rows)
