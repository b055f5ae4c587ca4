"""What every class is like: figures, sizes of labels, predictions and truth, a table of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from core.learn.judging.tails import Bucket, ClassRow, Share, buckets, class_rows
from core.learn.predictions import Predictions
from core.runtime.csv_rows import write_rows
from core.runtime.files import storage_errors, write_atomic
from core.services.metrics.comparison import Comparison

HEADER = (
    "class", "bucket", "support", "predicted", "labels",
    "precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high",
    "f1", "f1_low", "f1_high", "ap",
)  # fmt: skip
_DECIMALS = 6  # as in the manifest


@dataclass(frozen=True)
class Distribution:
    """How many images are of each class, by whom.

    Attributes:
        names: (K,) the classes.
        labels: (K,) labels that people gave.
        predictions: (K,) images of the whole collection assigned to it.
        truth: (K,) images of the truth that is compared with.
    """

    names: list[str]
    labels: list[int]
    predictions: list[int]
    truth: list[int]


def rows_of(compared: Comparison) -> list[ClassRow]:
    """Every class on the images that were compared."""
    return class_rows(
        compared.truth, compared.guess, compared.probabilities, compared.evaluation.labels
    )


def distribution(predictions: Predictions, compared: Comparison) -> Distribution:
    """The sizes of the classes, in the order of the comparison."""
    names = compared.evaluation.labels
    human = predictions.human[predictions.human >= 0]
    return Distribution(
        names,
        np.bincount(human, minlength=len(names)).tolist(),
        np.bincount(predictions.assigned, minlength=len(names)).tolist(),
        np.bincount(compared.truth, minlength=len(names)).tolist(),
    )


def buckets_json(rows: Sequence[ClassRow]) -> list[dict[str, Any]]:
    """The entry ``buckets`` of ``winnow evaluate --json``."""
    return [_bucket_json(bucket) for bucket in buckets(rows)]


def _bucket_json(bucket: Bucket) -> dict[str, Any]:
    content: dict[str, Any] = {
        "bucket": bucket.size, "classes": list(bucket.classes), "support": bucket.support
    }  # fmt: skip
    for name, share in (("precision", bucket.precision), ("recall", bucket.recall)):
        content |= _shares_json(name, share)
    return content | _shares_json("f1", bucket.f1)


def _shares_json(name: str, share: Share) -> dict[str, float | None]:
    return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}


def cells_of(rows: Sequence[ClassRow], sizes: Distribution) -> list[list[object]]:
    """A row of cells a class, under `HEADER`."""
    return [_cells(row, sizes.labels[at]) for at, row in enumerate(rows)]


def per_class_csv(rows: Sequence[ClassRow], sizes: Distribution) -> bytes:
    """The table of all classes: precision, recall and F1 with intervals, support, AP."""
    text = StringIO(newline="")
    write_rows(text, [HEADER, *cells_of(rows, sizes)])
    return text.getvalue().encode("utf-8")


def _cells(row: ClassRow, labels: int) -> list[object]:
    shares = [
        _rounded(value)
        for share in (row.precision, row.recall, row.f1)
        for value in (share.value, share.low, share.high)
    ]
    counts = [row.name, row.bucket if row.support else "", row.support, row.called, labels]
    return [*counts, *shares, _rounded(row.ap)]


def _rounded(value: float | None) -> object:
    return "" if value is None else round(value, _DECIMALS)


def write_per_class(file: Path, content: bytes) -> None:
    """Write the table.

    Raises:
        WinnowError: it cannot be written.
    """
    with storage_errors(file):
        write_atomic(file, content)
