"""Groups of vectors for tests of the map, and a report that remembers what it was told."""

import numpy as np

from core.runtime.progress import Report


class Watched(Report):
    """Remembers every stage and share; asks to stop once ``stop_at`` has begun."""

    def __init__(self, stop_at: str | None = None) -> None:
        super().__init__()
        self.stages: list[tuple[str, float]] = []
        self.stop_at = stop_at

    def tell_share(self, name: str, fraction: float) -> None:
        super().tell_share(name, fraction)
        self.stages.append((name, fraction))
        if name == self.stop_at:
            self.cancel()


def blobs(n=300, classes=6, dimensions=80, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.integers(classes, size=n)
    vectors = 4 * rng.normal(size=(classes, dimensions))[group]
    return (vectors + rng.normal(size=(n, dimensions))).astype(np.float32), group
