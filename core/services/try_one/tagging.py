"""Which tags of the collection one picture has, in the numbers of the collection's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learn.models import tag_model
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.sorter.tagging import TagParts, parts
from core.services.tags.tagged import Tagged
from core.services.tags.tagging import Tagging
from core.services.try_one.judge import Seen
from core.tags import scores
from core.tags.vocabulary import Tags


@dataclass(frozen=True)
class TagAnswer:
    """One tag of one picture.

    Attributes:
        confidence: 0 to 1; 1 or 0 where a person said so.
        band: one of `core.tags.scores.BANDS`.
        by_people: a person said it.
    """

    code: str
    confidence: float
    band: str
    by_people: bool = False


@dataclass(frozen=True, eq=False)
class TagJudge:
    """The tags over a collection, ready for any picture.

    Attributes:
        tagged: the collection's columns.
        parts: directions, and what labels taught.
    """

    tagged: Tagged
    parts: TagParts

    def answers(self, seen: Seen) -> list[TagAnswer]:
        """Every tag of a picture, the surest first; one of the collection has its own columns."""
        values = self._outside(seen.vector) if seen.row is None else self._inside(seen.row)
        return sorted(values, key=lambda one: (-one.confidence, one.code))

    def _inside(self, row: int) -> list[TagAnswer]:
        return [
            TagAnswer(
                code,
                float(column.confidence[row]),
                scores.BANDS[column.bands[row]],
                bool(column.human[row] >= 0),
            )
            for code, column in self.tagged.columns.items()
        ]

    def _outside(self, vector: np.ndarray) -> list[TagAnswer]:
        tags, stored = self.tagged.tags, vector[None].astype(np.float16)
        confidence: dict[str, np.ndarray] = {}
        bands: dict[str, np.ndarray] = {}
        values = scores.similarities(stored, self.parts.directions)
        for tag, own in zip(tags.tags, values, strict=True):
            calibration = self.tagged[tag.code].calibration
            assert calibration is not None  # of a tag that is no rule
            offsets = calibration.offsets(calibration.logits(own))
            model = self.parts.models.get(tag.code)
            confidence[tag.code] = (
                scores.sigmoid(offsets)
                if model is None
                else tag_model.confidence(model, stored.astype(np.float32), offsets)
            )
            bands[tag.code] = calibration.bands(confidence[tag.code])
        for derived in tags.in_order():
            rule = derived.parsed
            confidence[derived.code] = rule.confidence(confidence)
            bands[derived.code] = rule.bands(bands)
        return [
            TagAnswer(code, float(confidence[code][0]), scores.BANDS[int(bands[code][0])])
            for code in tags.codes
        ]


def tag_judge_of(
    snapshot: Snapshot, tagging: Tagging, tags: Tags, report: Report | None = None
) -> TagJudge:
    """Score the tags over the collection and make them ready; remembered until an answer comes.

    Raises:
        WinnowError: nothing is embedded, or the encoder is not the one of the vectors.
        Cancelled: asked to stop; what was scored is kept.
    """

    def make() -> TagJudge:
        tagged = tagging.score(snapshot, tags, report)
        return TagJudge(tagged, parts(snapshot, tagged))

    return snapshot.share("tag-judge", tag_key(snapshot, tagging, tags), make, keep=1)


def tag_key(snapshot: Snapshot, tagging: Tagging, tags: Tags) -> tuple[object, ...]:
    """All that the tags of a picture follow from."""
    return (snapshot.pool.version, tags, tagging.labels.version())


def as_json(answers: Sequence[TagAnswer]) -> dict[str, dict[str, Any]]:
    """Code → confidence and band, as `winnow serve` says them."""
    return {one.code: {"confidence": one.confidence, "band": one.band} for one in answers}
