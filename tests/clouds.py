"""A made-up collection: clouds of unit vectors, prompts that are mostly right, the truth."""

from __future__ import annotations

import numpy as np


def clouds(
    seed: int = 0, n: int = 120, d: int = 24, k: int = 3, spread: float = 0.6
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors in k clouds, zero-shot logits that are right two times in three, and truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    centres = rng.normal(size=(k, d))
    vectors = centres[truth] + spread * rng.normal(size=(n, d))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    said = np.where(rng.random(n) < 2 / 3, truth, rng.integers(k, size=n))
    logits = (2.0 * np.eye(k)[said] + 0.3 * rng.normal(size=(n, k))).astype(np.float32)
    return vectors, logits, truth
