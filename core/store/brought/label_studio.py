"""Label Studio's exports, JSON and JSON-MIN: what people chose; predictions are left out.

Source: Label Studio's documentation of its task format and of its export formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from core.store.brought.labels_of import put
from core.store.table_rows import NAMES, Rows, key_of

_UPLOADED = re.compile(r"(?:^|/)upload/.*?([^/]+)$")
_MARK = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the names of uploaded files."""
_OWN = frozenset(
    {"annotation_id", "annotator", "created_at", "updated_at", "lead_time"}
)  # what JSON-MIN has of each task beside its data


def is_tasks(document: Any) -> bool:
    """Whether it is a list of tasks with their data and annotations."""
    first = _first(document)
    return isinstance(first.get("data"), Mapping) and (
        "annotations" in first or "predictions" in first or "completions" in first
    )


def of_tasks(path: Path, document: list[Any]) -> Rows:
    """The labels of tasks. Cancelled annotations are none; a ground truth outranks the others."""
    rows = Rows([], [])
    for line, task in enumerate(document, start=1):
        if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
            put(rows, line, None, [])
            continue
        image = image_of(task["data"])
        people = task.get("annotations") or task.get("completions") or []
        answers = [each for each in _maps(people) if not each.get("was_cancelled")]
        answers = [each for each in answers if each.get("ground_truth")] or answers
        labels = [_choices(answer) for answer in answers]
        for one in [each for each in labels if each] or [[]]:
            put(rows, line, image, one)
    return rows


def is_short(document: Any) -> bool:
    """Whether it is JSON-MIN: data and choices of a task side by side."""
    return len(_OWN.intersection(_first(document))) >= 2


def of_short(path: Path, document: list[Any]) -> Rows:
    """The labels of JSON-MIN; a task that several people did is there several times."""
    rows = Rows([], [])
    for line, task in enumerate(document, start=1):
        if not isinstance(task, Mapping):
            put(rows, line, None, [])
            continue
        image = _field(task, "path")
        put(rows, line, place_of(image), _picked(task))
    return rows


def _picked(task: Mapping[str, Any]) -> list[object]:
    """What was chosen, of JSON-MIN: under the name of the control, whatever that is."""
    left = [key for key in task if key not in _OWN and key_of(key) not in ("id", *NAMES["path"])]
    named = [key for key in left if key_of(key) in ("choice", "choices", *NAMES["label"])]
    labels: list[object] = []
    for key in named or left:
        value = task[key]
        picked = value.get("choices") if isinstance(value, Mapping) else value
        labels += picked if isinstance(picked, list) else [picked]
    return labels


def image_of(data: Mapping[str, Any]) -> str:
    """Where the image of a task lies: Winnow's own path, else what its address says."""
    own = data.get("path")
    if isinstance(own, str) and own.strip():
        return own
    image = _field(data, "path")
    if image is None:
        texts = [value for value in data.values() if isinstance(value, str)]
        image = texts[0] if len(texts) == 1 else None
    return place_of(image)


def place_of(address: object) -> str:
    """The path that an address of Label Studio means, "" for none.

    Uploaded files have eight digits before their names; those of local storage are a question mark
    away; of other addresses the path counts.
    """
    if not isinstance(address, str):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if local := parse_qs(parts.query).get("d"):
        return local[0]
    path = unquote(parts.path) if parts.scheme or "upload/" in address else address
    if uploaded := _UPLOADED.search(path):
        return _MARK.sub("", uploaded[1], count=1)
    return path.lstrip("/") if parts.scheme in ("http", "https", "s3", "gs") else path


def _choices(answer: Mapping[str, Any]) -> list[object]:
    """What one annotation chose."""
    labels: list[object] = []
    for result in _maps(answer.get("result")):
        value = result.get("value")
        if result.get("type") == "choices" and isinstance(value, Mapping):
            picked = value.get("choices")
            labels += picked if isinstance(picked, list) else [picked]
    return labels


def _field(data: Mapping[str, Any], kind: str) -> object:
    """The value of the best name that a column of that kind may have."""
    keys = {key_of(key): key for key in data}
    return next((data[keys[name]] for name in NAMES[kind] if name in keys), None)


def _maps(value: object) -> Iterator[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    return (each for each in listed if isinstance(each, Mapping))


def _first(document: Any) -> Mapping[str, Any]:
    first = document[0] if isinstance(document, list) and document else None
    return first if isinstance(first, Mapping) else {}
