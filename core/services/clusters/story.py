"""What clusters show and what they follow: names from words, warnings from light and folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from core.learn.groups.clusters import Clusters, name_clusters
from core.learn.groups.nuisance import ClusterWarning, binned, nuisance_report
from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.prompts.words import nouns

MEASURES = ("brightness", "contrast", "sharpness")


@dataclass(frozen=True)
class Story:
    """Names and warnings by cluster number (from 1), and what is true of all clusters together.

    Attributes:
        follows: the nuisance that goes with the clusters better than the classes do, if any.
        agreement: adjusted mutual information of the clusters with the classes, and with each
            nuisance; 0 chance, 1 the same groups.
    """

    names: dict[int, str]
    warnings: dict[int, str]
    follows: str | None
    agreement: dict[str, float]


def tell(snapshot: Snapshot, clusters: Clusters, predictions: Predictions) -> Story:
    """Name the clusters and check them for nuisances. Embeds about 1,000 words the first time.

    Raises:
        WinnowError: the encoder is not the one of the vectors.
    """
    pool = snapshot.pool
    words = list(dict.fromkeys([*predictions.names, *nouns()]))
    named = name_clusters(
        clusters.centres, pool.vectors.mean(axis=0), snapshot.text_vectors(words), most=1
    )
    names = {number: words[own[0]] for number, own in enumerate(named, 1) if own}
    report = nuisance_report(clusters.assignment, predictions.assigned, nuisances(pool))
    warnings: dict[int, str] = {}
    for warning in report.warnings:
        warnings.setdefault(warning.cluster + 1, _sentence(warning))
    return Story(names, warnings, report.winner, {"classes": report.classes} | report.nuisances)


def nuisances(pool: Pool) -> dict[str, np.ndarray]:
    """Name → (N,) values of a few kinds each, of what should not decide over a class."""
    files = [rows[0] for rows in pool.files]
    kinds = {
        "shape": binned(np.array([(row.width or 1) / (row.height or 1) for row in files])),
        "folder": np.array([_top(row.path) for row in files], dtype=object),
    }
    for name in MEASURES:
        values = np.array([getattr(row, name) for row in files], dtype=np.float64)
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
