"""Images that an export holds in another format than their originals, by the content there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.export.files import SourceProblem, content_bytes
from core.export.plan import CONVERTED
from core.export.readers.converting import converted
from core.export.record.run import METADATA
from core.images.hash import content_id
from core.images.names import located
from core.runtime import inputs

_TARGETS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}


def conversions(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Content id of each converted file as it was written → id of its image.

    Converting an original once more gives the same bytes, so what lies in the export now is found
    wherever it was moved. Originals that are gone or changed are left out.

    Returns:
        Nothing where the export converted nothing, or its metadata.json is gone.
    """
    if manifest["options"]["export"].get("unreadable") != "convert":
        return {}
    root = Path(str(manifest.get("images_root") or ""))
    ids: dict[str, str] = {}
    for entry in _converted_entries(folder):
        suffix = entry["file"].rpartition(".")[2].lower()
        try:
            data = content_bytes(str(located(root, entry["path"])), entry["id"])
            written = converted(data, entry["path"], _TARGETS[suffix])
        except (SourceProblem, KeyError):
            continue
        ids[content_id(written)] = entry["id"]
    return ids


def _converted_entries(folder: Path) -> list[dict[str, str]]:
    try:
        document = inputs.load_json(folder / METADATA, inputs.RECORD_BYTES)
        entries = document["images"]
        return [
            {key: entry[key] for key in ("path", "file", "id")}
            for entry in entries
            if CONVERTED in entry["flags"]
            and all(isinstance(entry[key], str) for key in ("path", "file", "id"))
            and ".." not in entry["path"].split("/")
        ]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
