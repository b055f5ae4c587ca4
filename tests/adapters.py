"""Adapters whose maps are random numbers, for tests of what is made with them."""

from __future__ import annotations

import numpy as np

from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.gate import Gate
from core.encoders.tuned.kernel import Kernel

R = 3
"""Numbers that each side answers with."""


def random_adapter(
    images: np.ndarray, seed: int = 0, weight: float = 0.75, photographs: np.ndarray | None = None
) -> Adapter:
    """One for a base whose vectors of images are like ``images`` (N, D): two thirds of them are
    learned from, the others set the limits of the gate."""
    random = np.random.default_rng(seed)
    count = 2 * len(images) // 3
    kernel = Kernel.fit(images[:count])
    image, text = (
        kernel.side(random.normal(size=(count, R)).astype(np.float32), R) for _ in range(2)
    )
    shares = np.array([0.4, 0.6], dtype=np.float32)
    gate = Gate.fit(images[:count], images[count:], photographs)
    return Adapter(image, text, gate, shares, weight, images[:count])
