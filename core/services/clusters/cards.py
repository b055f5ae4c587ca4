"""Clusters as cards: what is in each, in the order in which they deserve a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.runtime.rows import rows_of
from core.services.clusters.clustering import clusters_of

PICTURES = 9
NAMED = 0.6
"""Share of a cluster's images of one class from which on it is called by that class. By prompts
alone this names 72 of 100 clusters of clothing and 58 of small photos; for 87 and 88 of 100 it is
what most of their images truly are. 0.7 names 59 and 46, hardly better; see benchmarks/naming.py.
"""
Order = Literal["mixed first", "largest first"]


@dataclass(frozen=True)
class Card:
    """A cluster to look at.

    Attributes:
        number: from 1, by size.
        winner: the class that most of its images are predicted to be.
        share: of its images that are, 0..1.
        second: the next most common class; None where there is only one.
        labeled: images that people have labeled, with a group of classes alone or a class.
        pictures: rows of the pool, from the middle of the cluster to its edge.
        name: the class where it is of one, else what sets it apart; None where nothing fits well.
        apart: the tag or word of captions that sets it apart, where the class is its name.
        warning: why it may be no class at all (blank frames, logos, …); None without one.
        words: the most telling of the words that came with its images, best first.
    """

    number: int
    size: int
    winner: str
    share: float
    second: str | None
    labeled: int
    pictures: list[int]
    name: str | None = None
    apart: str | None = None
    warning: str | None = None
    words: tuple[str, ...] = ()


def cards(
    predictions: Predictions,
    clusters: Clusters,
    pictures: list[list[int]],
    order: Order = "mixed first",
    names: dict[int, str] | None = None,
    warnings: dict[int, str] | None = None,
    words: Mapping[int, tuple[str, ...]] | None = None,
    nodes: np.ndarray | None = None,
) -> list[Card]:
    """The cards of all clusters.

    Args:
        pictures: of each cluster, from `pictures_of`.
        order: "largest first" is by number; "mixed first" by the share of the winner, rising.
        names: cluster number → the tag or word that sets it apart, where there is one.
        warnings, words: by cluster number, where there are any.
        nodes: (N,) the class or group of classes that people gave each image, -1 for none; None:
            the classes alone that the predictions know of.
    """
    k, classes = len(clusters.sizes), len(predictions.names)
    table = np.bincount(clusters.assignment * classes + predictions.assigned, minlength=k * classes)
    table = table.reshape(k, classes)
    ranked = np.argsort(-table, axis=1, kind="stable")
    answers = predictions.human if nodes is None else nodes
    labeled = np.bincount(clusters.assignment, weights=answers >= 0, minlength=k)
    made = [
        Card(
            number=row + 1,
            size=int(clusters.sizes[row]),
            winner=predictions.names[ranked[row, 0]],
            share=float(table[row, ranked[row, 0]] / clusters.sizes[row]),
            second=_second(predictions.names, table[row], ranked[row]),
            labeled=int(labeled[row]),
            pictures=pictures[row],
            warning=(warnings or {}).get(row + 1),
            words=(words or {}).get(row + 1, ()),
        )
        for row in range(k)
    ]
    made = [_called(card, (names or {}).get(card.number)) for card in made]
    return sorted(made, key=lambda card: card.share) if order == "mixed first" else made


def _called(card: Card, apart: str | None) -> Card:
    """The card with a name: the user's class comes first, where it fits well."""
    if card.share < NAMED:
        return replace(card, name=apart)
    same = apart is not None and apart.casefold() == card.winner.casefold()
    return replace(card, name=card.winner, apart=None if same else apart)


def _second(names: list[str], counts: np.ndarray, ranked: np.ndarray) -> str | None:
    return names[ranked[1]] if len(names) > 1 and counts[ranked[1]] else None


def pictures_of(snapshot: Snapshot, k: int) -> list[list[int]]:
    """Rows to show of each of ``k`` clusters: its medoid, then in even steps towards its edge."""
    pool = snapshot.pool
    return snapshot.share(
        "cluster-pictures", (pool.version, k), lambda: _pictures(pool, clusters_of(snapshot, k))
    )


def _pictures(pool: Pool, clusters: Clusters) -> list[list[int]]:
    order = np.argsort(clusters.assignment, kind="stable")
    result = []
    for members, centre, medoid in zip(
        np.split(order, np.cumsum(clusters.sizes)[:-1]),
        clusters.centres,
        clusters.medoids,
        strict=True,
    ):
        nearest = members[np.argsort(-(rows_of(pool.stored, members) @ centre), kind="stable")]
        steps = np.linspace(0, len(nearest) - 1, min(PICTURES, len(nearest))).astype(np.intp)
        rows = [int(medoid), *(int(row) for row in nearest[steps] if row != medoid)]
        result.append(rows[:PICTURES])
    return result


def members(clusters: Clusters, number: int) -> np.ndarray:
    """Rows of the pool in the cluster with that number (from 1)."""
    return np.flatnonzero(clusters.assignment == number - 1)
