"""What clusters show and what they follow: names and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np

from core.learn.groups.clusters import Clusters
from core.learn.groups.nuisance import ClusterWarning, binned, nuisance_report
from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.search.words.telling import TellingWord
from core.services.clusters.names import caption_names, tag_names
from core.services.clusters.words import cluster_words, word_names
from core.tags.vocabulary import Tags

MEASURES = ("brightness", "contrast", "sharpness")


@dataclass(frozen=True)
class Story:
    """Names and warnings by cluster number (from 1), and what is true of all clusters together.

    Attributes:
        names: only of clusters that a tag, a word of the captions or one of the columns sets apart.
        trouble: why captions or columns took no part, if they should have.
        follows: the nuisance that goes with the clusters better than the classes do, if any.
        agreement: adjusted mutual information of the clusters with the classes, and with each
            nuisance; 0 chance, 1 the same groups.
        words: the most telling of the words that people brought, of clusters that have any.
    """

    names: dict[int, str]
    warnings: dict[int, str]
    follows: str | None
    agreement: dict[str, float]
    trouble: str | None = None
    words: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def tell(
    snapshot: Snapshot, clusters: Clusters, predictions: Predictions, tags: Tags | None = None
) -> Story:
    """Name the clusters that tags or captions set apart, and check all of them for nuisances.

    Raises:
        WinnowError: the encoder is not the one of the vectors.
    """
    pool = snapshot.pool
    captions, trouble = _captions(snapshot)
    words, damaged = _words(snapshot, clusters)
    names = word_names(words) | caption_names(captions, pool.ids, clusters)
    names |= tag_names(snapshot, tags or Tags(), clusters)
    report = nuisance_report(clusters.assignment, predictions.assigned, nuisances(pool))
    warnings: dict[int, str] = {}
    for warning in report.warnings:
        warnings.setdefault(warning.cluster + 1, _sentence(warning))
    agreement = {"classes": report.classes} | report.nuisances
    shown = {number: tuple(each.word for each in own) for number, own in words.items()}
    return Story(names, warnings, report.winner, agreement, trouble or damaged, shown)


def _captions(snapshot: Snapshot) -> tuple[Mapping[str, tuple[str, ...]], str | None]:
    """The captions, or none with the reason: the rest of the story does not hang on them."""
    try:
        return snapshot.captions, None
    except WinnowError as error:
        return {}, str(error)


def _words(
    snapshot: Snapshot, clusters: Clusters
) -> tuple[dict[int, list[TellingWord]], str | None]:
    """The words of the clusters, or none with the reason."""
    try:
        return cluster_words(snapshot, clusters), None
    except WinnowError as error:
        return {}, str(error)


def nuisances(pool: Pool) -> dict[str, np.ndarray]:
    """Name → (N,) values of a few kinds each, of what should not decide over a class."""
    sides = zip(pool.noticed("width"), pool.noticed("height"), strict=True)
    kinds = {
        "shape": binned(np.array([(width or 1) / (height or 1) for width, height in sides])),
        "folder": np.array([_top(path) for path in pool.paths], dtype=object),
    }
    for name in MEASURES:
        values = np.array(pool.noticed(name), dtype=np.float64)
        if not np.isnan(values).all():
            kinds[name] = binned(values)
    return kinds


def _top(path: str) -> str:
    parts = PurePosixPath(path).parts
    return parts[0] if len(parts) > 1 else "(none)"


def _sentence(warning: ClusterWarning) -> str:
    what = {"shape": "width / height"}.get(warning.name, warning.name)
    return (
        f"Follows the {warning.name}: {warning.share:.0%} have {what} {warning.value}, "
        f"of all images {warning.base:.0%}"
    )
