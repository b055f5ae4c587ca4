"""What a sorter says of images' vectors: probabilities, sets of possible classes, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.learn.models import tag_model
from core.runtime.errors import WinnowError
from core.runtime.threads import one_blas_thread
from core.sorter.sorter import Sorter
from core.tags import rules, scores
from core.tags.rules import Rule, RuleError
from core.tags.scores import Calibration


@dataclass(frozen=True, eq=False)
class TagScores:
    """One tag of n images: ``confidence`` (n,) float32 in 0..1, ``bands`` (n,) int8 numbers of
    `core.tags.scores.BANDS`."""

    confidence: np.ndarray
    bands: np.ndarray


@dataclass(frozen=True, eq=False)
class Scored:
    """What a sorter says of n images.

    Attributes:
        probabilities: (n, K) float32, rows sum to 1.
        assigned: (n,) int, the most probable class.
        inside: (n, K) bool, the classes that cannot be ruled out; None where nothing was promised.
        tags: code → scores, in the order of the sorter, derived ones last.
    """

    probabilities: np.ndarray
    assigned: np.ndarray
    inside: np.ndarray | None
    tags: Mapping[str, TagScores] = field(default_factory=dict)

    @property
    def probability(self) -> np.ndarray:
        """(n,) float32 of the assigned class."""
        result: np.ndarray = self.probabilities[np.arange(len(self.assigned)), self.assigned]
        return result


def as_stored(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, D) as a workspace stores them, float16: so both say the same of an image."""
    return vectors.astype(np.float16)


class Scorer:
    """Scores vectors with a sorter.

    Equal calls have equal bits; those of other numbers of images may differ in the last one.

    Raises:
        WinnowError: a rule over tags cannot be read, or names what there is not.
    """

    def __init__(self, sorter: Sorter) -> None:
        self._sorter = sorter
        self._thresholds = np.array(
            [part.threshold for part in sorter.content.classes], dtype=np.float32
        )
        self._calibrations = [
            Calibration(**part.calibration.model_dump()) for part in sorter.content.tags
        ]
        self._rules = _ordered(sorter)

    @property
    def tags(self) -> list[str]:
        """Codes of all tags, derived ones last."""
        return [part.code for part in self._sorter.content.tags] + list(self._rules)

    def score(self, vectors: np.ndarray, texts: np.ndarray | None = None) -> Scored:
        """Score images.

        Args:
            vectors: (n, D) float16, see `as_stored`.
            texts: (n, D) float32 vectors of what they say, zeros for nothing; None: nobody speaks.
        """
        # One thread: products so small gain nothing from more, and their number may change bits.
        with one_blas_thread():
            return self.scored(vectors, texts)

    def scored(self, vectors: np.ndarray, texts: np.ndarray | None = None) -> Scored:
        """`score` for a few images, with the threads that BLAS has: setting them takes longer."""
        wide = vectors.astype(np.float32)
        probabilities = self._sorter.head.probabilities(wide)
        thresholds, words = self._thresholds, self._sorter.words
        if texts is not None and words is not None and texts.any():
            head, speaking = self._sorter.head, np.flatnonzero(texts.any(axis=1))
            probabilities[speaking] = words.probabilities(head, wide[speaking], texts[speaking])
            thresholds = np.tile(thresholds, (len(wide), 1))
            thresholds[speaking] = words.thresholds
        inside = None
        assigned = probabilities.argmax(axis=1)
        if self._sorter.content.conformal is not None:
            inside = probabilities >= thresholds
            inside[np.arange(len(inside)), assigned] = True
        return Scored(probabilities, assigned, inside, self._tagged(vectors, wide))

    def _tagged(self, vectors: np.ndarray, wide: np.ndarray) -> dict[str, TagScores]:
        result: dict[str, TagScores] = {}
        parts = self._sorter.content.tags
        if parts:
            values = scores.similarities(vectors, self._sorter.directions)
            for part, calibration, own in zip(parts, self._calibrations, values, strict=True):
                offsets = calibration.offsets(calibration.logits(own))
                confidence = (
                    tag_model.confidence(self._sorter.tag_models[part.code], wide, offsets)
                    if part.learned
                    else scores.sigmoid(offsets)
                )
                result[part.code] = TagScores(confidence, calibration.bands(confidence))
        for code, rule in self._rules.items():
            result[code] = TagScores(
                rule.confidence({name: tag.confidence for name, tag in result.items()}),
                rule.bands({name: tag.bands for name, tag in result.items()}),
            )
        return result


def _ordered(sorter: Sorter) -> dict[str, Rule]:
    """Code → rule, each after those that it names."""
    content = sorter.content
    left: dict[str, Rule] = {}
    for part in content.derived:
        try:
            left[part.code] = rules.parse(part.rule)
        except RuleError as error:
            raise _unusable(content.name, part.code, str(error)) from error
    result: dict[str, Rule] = {}
    there = {part.code for part in content.tags}
    while left:
        ready = [code for code, rule in left.items() if rule.codes() <= there]
        if not ready:
            code = next(iter(left))
            raise _unusable(content.name, code, "names tags that there are not, or itself")
        for code in ready:
            result[code] = left.pop(code)
            there.add(code)
    return result


def _unusable(name: str, code: str, why: str) -> WinnowError:
    return WinnowError(
        f"The rule of the tag {code!r} in the model file {name} cannot be used ({why}): make the "
        "file anew."
    )
