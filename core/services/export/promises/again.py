"""A run with a promise, repeated from its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot


def promise_in(manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a manifest promises; None where it does not, or not properly."""
    entry = manifest["options"].get("promise")
    words = entry.get("words") if isinstance(entry, Mapping) else None
    proper = isinstance(words, list) and all(isinstance(line, str) for line in words)
    return entry if proper else None


def assigned_as_then(
    snapshot: Snapshot,
    predictions: Predictions,
    promise: Mapping[str, Any] | None,
    entries: Iterable[Mapping[str, Any]],
) -> Predictions:
    """Predictions with the classes of a run that a promise had a say in.

    Signatures and prices do not follow from prompts and labels, nor which images are in a group of
    classes rather than in one, so those images are where they were; what the model says of them is
    still compared. Other predictions stay as they are.

    Args:
        entries: the manifest's, with ``id`` and ``class``.
    """
    if promise is None:
        return predictions
    tree, assigned = snapshot.tree, predictions.assigned.copy()
    for entry in entries:
        row = snapshot.pool.rows.get(entry["id"])
        if row is not None and predictions.human[row] < 0 and entry["class"] in tree.number:
            assigned[row] = tree.number[entry["class"]]
    if promise.get("signed") or promise.get("costs"):
        leaves = np.where(assigned < tree.leaves, assigned, predictions.assigned)
        return replace(predictions, assigned=leaves)
    return predictions if tree.is_flat else replace(predictions, placed=assigned)
