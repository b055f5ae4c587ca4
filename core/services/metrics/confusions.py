"""The classes that are taken for one another most, with their images and the prompts involved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.images.names import as_text
from core.learn.judging.intervals import share_interval
from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison

MOST = 10
_EXAMPLES = 5  # paths in JSON
_LOOKED = 500  # images of a confusion that prompts are scored on


@dataclass(frozen=True)
class Confusion:
    """Images of one class that are taken for another.

    Attributes:
        true, predicted: the classes.
        rows: of the pool, those that the model is surest of first.
        share, low, high: of the images truly of the class, with a 95 % interval.
        true_prompt, predicted_prompt: the prompt of either class that fits these images best, with
            their mean score; "" and 0 where the class has none.
    """

    true: str
    predicted: str
    rows: tuple[int, ...]
    share: float
    low: float
    high: float
    true_prompt: tuple[str, float]
    predicted_prompt: tuple[str, float]


def top_confusions(snapshot: Snapshot, compared: Comparison, most: int = MOST) -> list[Confusion]:
    """The confusions with most images, the largest first; of equal ones the larger share."""
    counts = compared.evaluation.counts.copy()
    support = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    shares = counts / np.maximum(support, 1)[:, None]
    order = np.lexsort((-shares.ravel(), -counts.ravel()))[:most]
    cells = [divmod(int(cell), len(counts)) for cell in order]
    return [
        _confusion(snapshot, compared, true, predicted, int(support[true]))
        for true, predicted in cells
        if counts[true, predicted] > 0
    ]


def _confusion(
    snapshot: Snapshot, compared: Comparison, true: int, predicted: int, support: int
) -> Confusion:
    names = compared.evaluation.labels
    inside = np.flatnonzero((compared.truth == true) & (compared.guess == predicted))
    sure = compared.probabilities[inside, predicted]
    rows = compared.rows[inside[np.argsort(-sure, kind="stable")]]
    share = len(rows) / support
    return Confusion(
        names[true], names[predicted], tuple(rows.tolist()), share,
        *share_interval(len(rows), support),
        _best_prompt(snapshot, names[true], rows), _best_prompt(snapshot, names[predicted], rows),
    )  # fmt: skip


def _best_prompt(snapshot: Snapshot, name: str, rows: np.ndarray) -> tuple[str, float]:
    """The prompt of a class whose mean score on some images is highest."""
    prompts = snapshot.classes.shown().get(name, ())
    if not prompts:
        return "", 0.0
    scores = snapshot.text_scores(list(prompts), rows[:_LOOKED]).mean(axis=0)
    best = int(scores.argmax())
    return prompts[best], float(scores[best])


def confusions_json(snapshot: Snapshot, confusions: list[Confusion]) -> list[dict[str, Any]]:
    """The entry ``top_confusions`` of ``winnow evaluate --json``."""
    paths = snapshot.pool.paths
    return [
        {
            "true": one.true, "predicted": one.predicted, "images": len(one.rows),
            "share": one.share, "low": one.low, "high": one.high,
            "true_prompt": one.true_prompt[0], "predicted_prompt": one.predicted_prompt[0],
            "examples": [as_text(paths[row]) for row in one.rows[:_EXAMPLES]],
        }
        for one in confusions
    ]  # fmt: skip
