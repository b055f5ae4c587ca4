"""The groups of a column as cards, as clusters are shown."""

from __future__ import annotations

from typing import Literal

import numpy as np

from core.learn.predictions import Predictions
from core.services.clusters.cards import PICTURES, Card
from core.services.data.metadata.grouping import Grouping

GroupOrder = Literal["as they come", "largest first", "mixed first"]
GROUP_ORDER: GroupOrder = "as they come"


def group_cards(
    predictions: Predictions,
    made: Grouping,
    rows: np.ndarray,
    order: GroupOrder = GROUP_ORDER,
    nodes: np.ndarray | None = None,
) -> list[Card]:
    """A card a group; its number is its place among the groups, from 1.

    Args:
        rows: (n,) rows of the pool that were put into groups.
        order: as the groups come (common values first, numbers and dates in order); by size; or by
            the share of their most common class, rising.
        nodes: as of `core.services.clusters.cards.cards`.
    """
    names = predictions.names
    counts = made.class_counts(predictions.assigned[rows], len(names))
    answers = predictions.human if nodes is None else nodes
    labeled = np.bincount(made.codes, weights=answers[rows] >= 0, minlength=len(made.names))
    cards = []
    for number, name in enumerate(made.names):
        ranked = np.argsort(-counts[number], kind="stable")
        size = int(counts[number].sum())
        members = rows[made.members(number)]
        steps = np.linspace(0, size - 1, min(PICTURES, size)).astype(np.intp)
        second = names[ranked[1]] if len(names) > 1 and counts[number, ranked[1]] else None
        cards.append(
            Card(
                number=number + 1,
                size=size,
                winner=names[ranked[0]],
                share=float(counts[number, ranked[0]] / size),
                second=second,
                labeled=int(labeled[number]),
                pictures=members[steps].tolist(),
                name=name,
            )
        )
    if order == "largest first":
        return sorted(cards, key=lambda card: -card.size)
    return sorted(cards, key=lambda card: card.share) if order == "mixed first" else cards
