"""FiftyOne's labels.json (image classification) and samples.json (a whole dataset).

Source: FiftyOne's documentation of `FiftyOneImageClassificationDataset` and `FiftyOneDataset`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.runtime.errors import WinnowError
from core.store.brought.labels_of import put
from core.store.table_rows import Rows

_BEST = ("ground_truth", "label", "labels")
"""Fields that count where a sample has several with a class, the first that is there."""


def is_labels(document: Any) -> bool:
    """Whether it is the labels.json of an image classification dataset."""
    return isinstance(document, Mapping) and isinstance(document.get("labels"), Mapping)


def of_labels(path: Path, document: Mapping[str, Any]) -> Rows:
    """The labels of an image classification dataset: numbers of its classes, or names."""
    listed = document.get("classes")
    classes = listed if isinstance(listed, list) else []
    rows = Rows([], [])
    for line, (name, value) in enumerate(document["labels"].items(), start=1):
        put(rows, line, name, _labels(value, classes))
    return rows


def _labels(value: object, classes: list[Any]) -> list[object]:
    if value is None:
        return []
    if isinstance(value, list):
        return [label for each in value for label in _labels(each, classes)]
    if isinstance(value, Mapping):
        return _labels(value.get("label"), classes)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(classes):
        return [classes[value]]
    return [value]


def is_samples(document: Any) -> bool:
    """Whether it is the samples.json of a dataset."""
    return isinstance(document, Mapping) and isinstance(document.get("samples"), list)


def of_samples(path: Path, document: Mapping[str, Any]) -> Rows:
    """The labels of a dataset: of the one field that holds a class, ground_truth before others.

    Raises:
        WinnowError: several fields hold classes, none of which is called as the truth usually is.
    """
    samples = document["samples"]
    field = _field(path, samples)
    rows = Rows([], [])
    for line, sample in enumerate(samples, start=1):
        if not isinstance(sample, Mapping):
            put(rows, line, None, [])
            continue
        label = sample.get(field)
        labels = [label.get("label")] if isinstance(label, Mapping) else []
        put(rows, line, sample.get("filepath"), [each for each in labels if each is not None])
    return rows


def _field(path: Path, samples: list[Any]) -> str:
    fields = Counter(
        key
        for sample in samples
        if isinstance(sample, Mapping)
        for key, value in sample.items()
        if isinstance(value, Mapping) and value.get("_cls") == "Classification"
    )
    best = next((name for name in _BEST if name in fields), None)
    if best is None and len(fields) > 1:
        raise WinnowError(
            f"{path} has classes in several fields ({', '.join(sorted(fields)[:10])}): write the "
            "one that counts as ground_truth."
        )
    return best or next(iter(fields), _BEST[0])
