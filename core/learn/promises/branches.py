"""The threshold for classes in groups: an unsure image goes to a group that surely holds it.

At a threshold each image is placed in the deepest class or group that reaches it, and is right when
that holds the true class. Which images are inside grows as the threshold falls, so it is one family
of hypotheses as `core.learn.promises.thresholds` tests it; only what counts as wrong moves with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.learn.promises.tails import allowed, check_level, passing, steps
from core.learn.promises.thresholds import RISK, Threshold

__all__ = ["branch_threshold"]


def branch_threshold(
    sure: NDArray[np.floating], right: NDArray[np.bool_], level: float, risk: float = RISK
) -> Threshold:
    """Return the lowest threshold at which at least `level` is right, but for a chance `risk`.

    sure: (m, L) how probable the nodes are that audit images are placed in, from the top and
    falling along a row, 0 below a class; right: (m, L) whether each node holds what people said.
    With one level it is `precision_threshold`.

    Raises ValueError for shapes that do not match, or a level or risk outside 0..1.
    """
    check_level(level, risk)
    if sure.shape != right.shape or sure.ndim != 2:
        raise ValueError(f"shapes differ: {sure.shape} and {right.shape}")
    m = len(sure)
    order = np.argsort(-sure[:, 0], kind="stable")
    sure, right = sure[order], right[order]
    falling = sure[:, 0]
    sizes = steps(m, level, risk)
    sizes = sizes[[n == m or falling[n] < falling[n - 1] for n in sizes.tolist()]]
    lasts = [0.0 if n == m else float(np.nextafter(falling[n], np.inf)) for n in sizes.tolist()]
    placed = [_placed(sure[:n], last) for n, last in zip(sizes.tolist(), lasts, strict=True)]
    chances = [
        passing(1.0 - sure[np.arange(n), at], np.array([n]), level, risk)[0]
        for n, at in zip(sizes.tolist(), placed, strict=True)
    ]
    best = Threshold(None, m, int((~right[np.arange(m), _placed(sure, 0.0)]).sum()))
    for step in range(int(np.argmax(chances)) if chances else 0, len(sizes)):
        n, at = int(sizes[step]), placed[step]
        wrong = int((~right[np.arange(n), at]).sum())
        if wrong > allowed(n, level, risk):
            break
        best = Threshold(lasts[step], n, wrong)
    return best


def _placed(sure: NDArray[np.floating], least: float) -> NDArray[np.intp]:
    """(n,) the last level that reaches a threshold, the first where none does."""
    reached = (sure >= least) & (sure > 0.0)
    return np.maximum(reached.sum(axis=1) - 1, 0)
