"""What an encoder could before it was tuned, and whether it still can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from core.encoders.base import Encoder
from core.encoders.tuned.adapter import Adapter
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.services.tuning.general import General

MOST_LOSS = 0.005
"""How far an accuracy may fall."""
_SLACK = 1e-9  # shares are not exact


@dataclass(frozen=True)
class Retention:
    """One accuracy before and after.

    Attributes:
        what: "general" or "classes".
        n: judged images, or what stands for them.
        baseline, tuned: shares of them that get the right name from prompts alone.
    """

    what: str
    n: int
    baseline: float
    tuned: float

    @property
    def holds(self) -> bool:
        """Whether it falls by no more than `MOST_LOSS`."""
        return self.tuned >= self.baseline - MOST_LOSS - _SLACK

    def as_json(self) -> dict[str, object]:
        """All of it, with the difference."""
        return asdict(self) | {"delta": self.tuned - self.baseline, "holds": self.holds}


def of_general(general: General, pictures: np.ndarray, adapter: Adapter) -> Retention:
    """General things put to their names, by what stands for pictures (C, D) of them."""
    tuned = adapter.images(pictures)
    names = general.names, adapter.texts(general.names)
    return of_vectors("general", (pictures, tuned), names, np.arange(len(pictures)))


def of_vectors(
    what: str,
    images: tuple[np.ndarray, np.ndarray],
    names: tuple[np.ndarray, np.ndarray],
    truth: np.ndarray,
) -> Retention:
    """Images (n, D) put to names (C, D), each before and after; ``truth`` (n,) rows of names.

    General things lie around a middle, which is taken off.
    """
    if what == "general":
        images = tuple(each - each.mean(axis=0) for each in images)
    shares = (_accuracy(*side, truth) for side in zip(images, names, strict=True))
    return Retention(what, len(truth), *shares)


def of_classes(
    snapshot: Snapshot, base: Encoder, adapter: Adapter, middles: tuple[np.ndarray, np.ndarray]
) -> Retention | None:
    """The user's classes by their prompts, on random images; None where there are none of either.

    Args:
        snapshot: its pool has the base's vectors.
        middles: of all images before and after, zeros where the encoder is not centred.
    """
    rows = snapshot.audit
    if len(snapshot.names) < 2 or not len(rows):
        return None
    before = zeroshot.prototypes(base, snapshot.classes, snapshot.texts)
    after = zeroshot.prototypes(_Trial(base, adapter), snapshot.classes, zeroshot.TextCache())
    vectors, truth = snapshot.pool.some(rows), snapshot.human[rows]
    return Retention(
        "classes",
        len(rows),
        _accuracy(vectors - middles[0], before, truth),
        _accuracy(adapter.images(vectors) - middles[1], after, truth),
    )


def _accuracy(images: np.ndarray, texts: np.ndarray, truth: np.ndarray) -> float:
    return float(((images @ texts.T).argmax(axis=1) == truth).mean())


class _Trial:
    """The texts of an encoder that is not made yet; see `zeroshot.TextEncoder`."""

    def __init__(self, base: Encoder, adapter: Adapter) -> None:
        self.identity, self.dim = "trial", adapter.dim
        self._base, self._adapter = base, adapter

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As the tuned encoder will."""
        return self._adapter.texts(self._base.encode_texts(texts))
