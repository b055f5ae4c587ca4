"""What the images that a search finds are predicted as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.project.snapshot import Snapshot
from core.services.predict.predicting import predict
from core.services.search.request import Result


def predicted(
    snapshot: Snapshot, results: Sequence[Result]
) -> list[tuple[str, float]] | list[None]:
    """The most probable class of each result and its probability in [0, 1].

    None for each where the question has no classes that predictions can be made from.

    Raises:
        WinnowError: the encoder is not the one of the vectors.
    """
    if not results or snapshot.classes.problem():
        return [None] * len(results)
    predictions = predict(snapshot)
    rows = np.array([snapshot.pool.rows[result.id] for result in results])
    probabilities = predictions.probabilities[rows]
    best = probabilities.argmax(axis=1)
    sure = probabilities[np.arange(len(rows)), best]
    return [(predictions.names[k], float(p)) for k, p in zip(best, sure, strict=True)]
