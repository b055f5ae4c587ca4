"""What is known of tags over a collection: a column for each tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from core.project.pool import Pool
from core.tags import scores
from core.tags.scores import Calibration
from core.tags.vocabulary import Tags

Source = Literal["prompt", "model", "rule"]


@dataclass(frozen=True, eq=False)
class TagColumn:
    """One tag over the pool.

    Attributes:
        code, source: which tag; from its prompts, from labels too, or by a rule.
        confidence: (N,) float32 in 0..1; 1 or 0 where a person said so.
        bands: (N,) int8 numbers of ``tag_scores.BANDS``.
        human: (N,) int8, 1 yes, 0 no, -1 nobody has said.
        logits, calibration: of the prompts; None for a rule.
    """

    code: str
    source: Source
    confidence: np.ndarray
    bands: np.ndarray
    human: np.ndarray
    logits: np.ndarray | None = None
    calibration: Calibration | None = None

    @property
    def nbytes(self) -> int:
        """Memory of its arrays."""
        arrays = (self.confidence, self.bands, self.human, self.logits)
        return sum(array.nbytes for array in arrays if array is not None)

    def counts(self) -> dict[str, int]:
        """Images in each band, accepted first."""
        numbers = np.bincount(self.bands, minlength=3)
        return {name: int(numbers[i]) for i, name in reversed(list(enumerate(scores.BANDS)))}


@dataclass(frozen=True, eq=False)
class Tagged:
    """A pool under a vocabulary of tags.

    Attributes:
        model: the encoder, as the user names it.
        columns: code → column, in the order of the vocabulary.
        computed, reused: tags whose similarities were computed now (at least for new images) and
            tags read as they were.
        seconds: how long all of it took.
    """

    pool: Pool
    tags: Tags
    model: str
    columns: Mapping[str, TagColumn]
    computed: int
    reused: int
    seconds: float

    @cached_property
    def version(self) -> str:
        return self.tags.version

    def __getitem__(self, code: str) -> TagColumn:
        return self.columns[code]

    def accepted(self) -> dict[str, np.ndarray]:
        """Code → (N,) bool, the images that have the tag: by a person, or in the upper band."""
        band = scores.BANDS.index("accepted")
        return {code: column.bands == band for code, column in self.columns.items()}

    def as_json(self) -> dict[str, Any]:
        """What scripts are told."""
        per_tag = {}
        for code, column in self.columns.items():
            calibration = column.calibration
            per_tag[code] = {
                **column.counts(),
                "centre": round(calibration.centre, 4) if calibration else None,
                "scale": round(calibration.scale, 4) if calibration else None,
                "source": column.source,
            }
        return {
            "images": len(self.pool),
            "tags": len(self.columns),
            "computed": self.computed,
            "reused": self.reused,
            "seconds": round(self.seconds, 3),
            "model": self.model,
            "vocabulary": self.version,
            "per_tag": per_tag,
        }
