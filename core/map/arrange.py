"""UMAP's arrangement of a graph in the plane, in a loop that lets other threads run."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.map.stage import Stage

__all__ = ["arrange"]

_NEGATIVE = 5  # points pushed away for each one pulled near


def arrange(
    start: NDArray[np.float32],
    graph: Any,
    ab: tuple[float, float],
    epochs: int,
    seed: int,
    stage: Stage,
) -> NDArray[np.float32]:
    """Return (N, 2) float32 coordinates: linked points near, others apart.

    The stochastic gradient descent of UMAP (McInnes et al., arXiv 1802.03426, algorithm 5): each
    edge is visited in proportion to its weight, and for each visit five random points are pushed
    away. umap-learn's own loop holds Python's lock for a whole epoch, which at 60,000 points stops
    the app's pages for tenths of a second again and again; this one does not. One thread, so the
    same seed gives the same map.

    Args:
        start: (N, 2) to start from; not changed.
        graph: symmetric sparse matrix (N, N) of weights in 0..1.
        ab: the curve's parameters, from UMAP's `find_ab_params`.
        epochs: how often all edges are visited.
        stage: told the share done after each epoch.

    Raises:
        Cancelled: asked to stop, within one epoch.
    """
    edges = graph.tocoo()
    keep = edges.data >= edges.data.max() / epochs  # weaker ones would not be visited once
    head, tail = edges.row[keep].astype(np.int32), edges.col[keep].astype(np.int32)
    every = (edges.data.max() / edges.data[keep]).astype(np.float32)
    points = np.ascontiguousarray(start, dtype=np.float32).copy()
    due, due_push = every.copy(), every / _NEGATIVE
    state = np.random.default_rng(seed).integers(1, 2**63, size=1, dtype=np.uint64)
    step = _step()
    for epoch in range(epochs):
        rate = np.float32(1.0 - epoch / epochs)
        step(points, head, tail, every, due, due_push, np.float32(epoch), rate, *ab, state)
        stage.reached((epoch + 1) / epochs)
    return points


@cache
def _step() -> Callable[..., None]:
    """The compiled epoch; compiling takes about two seconds, once a process."""
    import numba

    @numba.njit(nogil=True, fastmath=True)
    def random(state: Any) -> Any:
        # xorshift64* (Vigna 2016)
        x = state[0]
        x ^= x >> np.uint64(12)
        x ^= x << np.uint64(25)
        x ^= x >> np.uint64(27)
        state[0] = x
        return (x * np.uint64(2685821657736338717)) >> np.uint64(33)

    @numba.njit(nogil=True, fastmath=True)
    def clipped(value: Any) -> Any:
        return min(np.float32(4.0), max(np.float32(-4.0), value))

    @numba.njit(nogil=True, fastmath=True)
    def step(
        points: Any, head: Any, tail: Any, every: Any, due: Any, due_push: Any,
        epoch: Any, rate: Any, a: Any, b: Any, state: Any,
    ) -> None:  # fmt: skip
        n = np.uint64(len(points))
        af, bf = np.float32(a), np.float32(b)
        for edge in range(len(head)):
            if due[edge] > epoch:
                continue
            i, j = head[edge], tail[edge]
            x, y = points[i, 0], points[i, 1]
            dx, dy = x - points[j, 0], y - points[j, 1]
            squared = dx * dx + dy * dy
            if squared > 0:
                power = squared**bf
                pull = np.float32(-2.0) * af * bf * power / (squared * (af * power + 1))
                gx, gy = clipped(pull * dx) * rate, clipped(pull * dy) * rate
                x += gx
                y += gy
                points[j, 0] -= gx
                points[j, 1] -= gy
            due[edge] += every[edge]
            gap = every[edge] / np.float32(_NEGATIVE)
            pushes = int((epoch - due_push[edge]) / gap)
            for _ in range(pushes):
                k = random(state) % n
                dx, dy = x - points[k, 0], y - points[k, 1]
                squared = dx * dx + dy * dy
                if squared > 0:
                    push = np.float32(2.0) * bf
                    push /= (np.float32(0.001) + squared) * (af * squared**bf + 1)
                    x += clipped(push * dx) * rate
                    y += clipped(push * dy) * rate
            due_push[edge] += pushes * gap
            points[i, 0], points[i, 1] = x, y

    return step
