"""The parts of a promise: which classes, at which level, on what evidence."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.export.record.jsonfile import DECIMALS

Kind = Literal["precision", "recall"]


@dataclass(frozen=True)
class Part:
    """Classes with one level, and what carries it.

    Attributes:
        classes: their names.
        level: the share right that is asked for; of a recall the share of the class that is not
            sorted elsewhere.
        threshold: images at least this probable are sorted; None: none can be. Of a recall: images
            of other classes go to review if they are of the class with this probability or more.
        looks, wrong: random images that carry it, and how many of them are wrong; where nothing can
            be promised all there are. Of a recall: those of the class, and those missed.
        more_labels: about how many more labels of random images would do (in a folder to be signed:
            of its own, if all are right); 0: none are needed, None: no number would.
        kind: what is promised.
        name: the class or group that the level was asked for; "" for all, and of signed folders.
        by_group: classes and groups inside that have a level of their own; what is sorted there
            counts here by the group around it. Of a recall: the groups around the class, where its
            unsure images are put.
    """

    classes: tuple[str, ...]
    level: float
    threshold: float | None
    looks: int
    wrong: int
    more_labels: int | None
    kind: Kind = "precision"
    name: str = ""
    by_group: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values; what only groups and recalls have is left out where it says nothing."""
        content = asdict(self)
        if self.kind == "precision":
            del content["kind"]
        if (self.kind == "precision" and self.classes == (self.name,)) or not self.name:
            del content["name"]
        if not self.by_group:
            del content["by_group"]
        return content


def rounded(value: float | None, up: bool = True) -> float | None:
    """A threshold as it is written, so that this is the one that counts; never a laxer one."""
    if value is None:
        return None
    scale = 10**DECIMALS
    return (math.ceil(value * scale) if up else math.floor(value * scale)) / scale
