"""What a head changes in the loss of the fused model; apart from the model, which reads it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shape", "Shaping"]


@dataclass(frozen=True, eq=False)
class Shape:
    """How G problems over the same m labeled images weigh and aim.

    Attributes:
        weights: (m, G) float32 how much each image counts, 0 where a problem must not see it.
        targets: (m, K) class shares to aim at, rows sum to 1.
        shift: (G, K) float32 added to the logits while learning and not when predicting; None for
            nothing.
        focus: exponent of the focal loss, 0 for cross-entropy.
    """

    weights: NDArray[np.float32]
    targets: NDArray[np.float64]
    shift: NDArray[np.float32] | None = None
    focus: float = 0.0


Shaping = Callable[[NDArray[np.float64], NDArray[np.float32]], Shape]
"""(targets (m, K), included (m, G)) to a shape. `included` is 0 where a problem must not see an
image; then nothing of it may enter that problem, not even its counts of classes."""
