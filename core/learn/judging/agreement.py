"""How far two people agree beyond what chance alone would give."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Agreement:
    """Two people on the same images.

    Attributes:
        images: how many both gave a class.
        share: of those on which they gave the same; None without images.
        kappa: Cohen's kappa, at most 1; 0 is what chance gives. None where it has no meaning:
            without images, or where both gave every image one and the same class.
    """

    images: int
    share: float | None
    kappa: float | None


def agreement(one: Sequence[Hashable], other: Sequence[Hashable]) -> Agreement:
    """Compare the classes that two people gave the same images, in the same order.

    Source: Cohen, A coefficient of agreement for nominal scales, 1960.

    Raises:
        ValueError: the two are of different lengths.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} classes are not of the same images")
    n = len(one)
    if not n:
        return Agreement(0, None, None)
    numbers = {name: number for number, name in enumerate(dict.fromkeys([*one, *other]))}
    table = np.zeros((len(numbers), len(numbers)))
    np.add.at(table, ([numbers[name] for name in one], [numbers[name] for name in other]), 1)
    share = float(np.trace(table)) / n
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / n**2
    return Agreement(n, share, (share - chance) / (1 - chance) if chance < 1 else None)
