"""Which program wrote a file of labels, told by what is in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.brought import fiftyone, flat, hub_parquet, label_studio
from core.store.parquet import is_parquet
from core.store.table_rows import Rows

_LOOKED = 64  # bytes that tell JSON: white space may precede it
_READ = "Label Studio's JSON, FiftyOne's labels.json or samples.json, or Hugging Face's metadata"

_NAMES = (
    "metadata.csv",
    "metadata.jsonl",
    "metadata.parquet",
    "labels.json",
    "samples.json",
    "tasks.json",
)
"""How the programs call their files of labels."""
_DEEP, _FOLDERS, _NAMED = 3, 200, 3  # looked into for them, at most; named in a sentence

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
        WinnowError: it is a folder, too long, JSON of no kind that is known, or damaged.
    """
    if path.is_dir():
        held = list(_held(path))
        more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
        which = f": {', '.join(map(str, held[:_NAMED]))}{more}" if held else ""
        raise WinnowError(f"{path} is a folder: name the file of labels in it{which}.")
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


def _held(folder: Path) -> Iterator[Path]:
    """Files in a folder and below that are called as those with labels, the outer ones first."""
    level, looked = [folder], 0
    for _ in range(_DEEP):
        below = list[Path]()
        for place in level:
            if looked == _FOLDERS:
                return
            looked += 1
            try:
                with os.scandir(place) as entries:
                    files = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
            except OSError:  # not ours to read; the file may lie elsewhere
                continue
            yield from (place / name for name in _NAMES if files.get(name) is False)
            below += [place / name for name in sorted(files) if files[name]]
        level = below


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
