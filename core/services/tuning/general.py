"""General things, that no tuning on a special collection may harm: names, and what they mean.

There is no set of photographs that could be shipped with Winnow and fits every encoder. What every
installation has are the 1,000 classes of ImageNet with their definitions. Half of the classes are
used; a definition stands for a picture of its class: its direction, with the strength in which
pictures of the collection differ, from where photographs lie, or, where the encoder does not say
that, from where the collection's pictures lie. Such pictures are put to the names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.encoders.base import Encoder, unit_rows
from core.encoders.many_texts import encode_many
from core.encoders.starter import classes
from core.project.derived import Derived, digest
from core.runtime.progress import Report

STEP = "Embedding general words"
_EVERY = 2  # classes
_VERSION = 1


@dataclass(frozen=True, eq=False)
class General:
    """Vectors of an encoder, one of each a class.

    Attributes:
        names, meanings: (C, D) float32, unit rows.
    """

    names: np.ndarray
    meanings: np.ndarray

    def pictures(self, images: np.ndarray, photographs: np.ndarray | None = None) -> np.ndarray:
        """(C, D) float32, unit rows: what stands for pictures.

        Args:
            images: (N, D), of the collection.
            photographs: (D,), the encoder's mean of them; None where it has none.
        """
        middle = images.mean(axis=0)
        spread = float(np.sqrt(((images - middle) ** 2).sum(axis=1).mean()))
        directions = unit_rows(self.meanings - self.meanings.mean(axis=0))
        return unit_rows((middle if photographs is None else photographs) + spread * directions)


def general(encoder: Encoder, derived: Derived, report: Report) -> General:
    """General things as an encoder sees them, embedded once and then taken from the cache.

    Raises:
        Cancelled: asked to stop.
    """

    return derived.recall(
        f"tuning/general-{digest(encoder.identity, _VERSION)}.npz",
        lambda written: General(written["names"], written["meanings"]),
        lambda: embedded(encoder, report),
        lambda made: {"names": made.names, "meanings": made.meanings},
    )


def embedded(encoder: Encoder, report: Report) -> General:
    """General things as an encoder sees them, embedded now.

    Raises:
        Cancelled: asked to stop.
    """
    pairs = dict[int, tuple[str, str]]()
    for number, text in classes.texts():
        name, meaning = text.split(": ", 1)
        pairs.setdefault(number, (f"a photo of a {name}", meaning))
    wanted = [pairs[number] for number in sorted(pairs)[::_EVERY]]
    names, meanings = zip(*wanted, strict=True)
    vectors = encode_many(encoder, [*names, *meanings], report, STEP)
    return General(vectors[: len(names)], vectors[len(names) :])
