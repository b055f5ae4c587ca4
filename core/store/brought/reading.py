"""Which program wrote a file of labels, told by what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.brought import fiftyone, flat, hub_parquet, label_studio
from core.store.parquet import is_parquet
from core.store.table_rows import Rows

_LOOKED = 64  # bytes that tell JSON: white space may precede it
_READ = "Label Studio's JSON, FiftyOne's labels.json or samples.json, or Hugging Face's metadata"

Reader = Callable[[Path, Any], Rows]
_DOCUMENTS: Sequence[tuple[Callable[[Any], bool], Reader]] = (
    (fiftyone.is_labels, fiftyone.of_labels),
    (fiftyone.is_samples, fiftyone.of_samples),
    (label_studio.is_tasks, label_studio.of_tasks),
    (label_studio.is_short, label_studio.of_short),
    (flat.is_flat, flat.of_flat),
)
"""What a document is, and what reads it; the first that fits."""


def read_brought(path: Path) -> Rows | None:
    """The labels of a file that another program wrote; None for what is a table of another kind.

    Raises:
        WinnowError: it is too long, is JSON of no kind that is known, or is damaged.
    """
    if is_parquet(path):
        return hub_parquet.rows_of(path)
    if not _begins_as_json(path):
        return None
    document = _document(path)
    for fits, read in _DOCUMENTS:
        if fits(document):
            result = read(path, document)
            if not result.count:
                raise WinnowError(f"{path} holds no images: write the labels anew.")
            return result
    raise WinnowError(
        f"{path} is JSON, but neither {_READ}: write one of these, or a CSV file with path,label."
    )


def _begins_as_json(path: Path) -> bool:
    try:
        with inputs.open_file(path) as file:
            start = file.read(_LOOKED).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:  # whoever reads it as a table says so
        return False
    # A table whose first cell is quoted in brackets is none that anybody writes.
    return start[:1] in (b"{", b"[")


def _document(path: Path) -> Any:
    """The JSON of a file: one document, or an object a line as a list of them."""
    data = inputs.read_bytes(path, inputs.TABLE_BYTES)
    first, _, rest = data.strip().partition(b"\n")
    try:
        if rest.strip() and _is_object(first):
            return [inputs.parse_json(line) for line in data.splitlines() if line.strip()]
        return inputs.parse_json(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise WinnowError(f"{path} cannot be read as JSON ({error}): write it anew.") from None


def _is_object(line: bytes) -> bool:
    """Whether a line is a JSON object by itself."""
    try:
        return isinstance(json.loads(line), Mapping)
    except (ValueError, RecursionError):
        return False
