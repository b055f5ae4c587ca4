"""How sure the predictions of an export are, in figures: for its reports and metadata.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.export.plan import PlanItem


@dataclass(frozen=True)
class Confidence:
    """Probabilities of the class that images were put into.

    Attributes:
        images: how many; without any the figures are None.
        mean, spread, least, most: of their probabilities; ``spread`` is the standard deviation.
    """

    images: int
    mean: float | None
    spread: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Statistics:
    """The probabilities of all predictions, and of those of each class."""

    overall: Confidence
    classes: dict[str, Confidence]

    def as_json(self) -> dict[str, Any]:
        """Plain types under the attributes' names."""
        return asdict(self)


def statistics(items: Iterable[PlanItem], names: Iterable[str]) -> Statistics:
    """Figures of the images that were predicted; what people decided is not a probability.

    Images in review/ count for the class that they were predicted to be.

    Args:
        names: the classes, also those without images.
    """
    of_class: dict[str, list[float]] = {name: [] for name in names}
    for item in items:
        assignment = item.assignment
        if assignment.source != "human":
            of_class.setdefault(assignment.label, []).append(float(assignment.probability))
    together = [value for values in of_class.values() for value in values]
    return Statistics(_figures(together), {name: _figures(of) for name, of in of_class.items()})


def _figures(probabilities: list[float]) -> Confidence:
    values = np.array(probabilities, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return Confidence(0, None, None, None, None)
    figures = (values.mean(), values.std(), values.min(), values.max())
    return Confidence(len(values), *map(float, figures))
