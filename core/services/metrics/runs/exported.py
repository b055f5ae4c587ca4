"""What the manifest of an export says of it: figures for a list, classes for a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.export.record.past import Run
from core.export.record.run import MANIFEST, load_manifest
from core.project.pool import file_mark
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of
from core.store.history.predictions import UNJUDGED, Past

_PERSON = "human"  # source of a class that people gave


def record_of(snapshot: Snapshot, run: Run) -> Past | None:
    """The classes that an export wrote; None where it wrote only what was new, or is damaged.

    Reading the manifest of a large one takes a second, so the last few are remembered.
    """
    key = (str(run.folder), file_mark(run.folder / MANIFEST))
    return snapshot.remember("exported", key, lambda: _record(run), keep=3)


def figures_of(run: Run) -> Mapping[str, Any]:
    """Figures of an export, as `core.store.history.ledger.Entry` names them; none of a damaged one.

    "n" is there for figures of random images alone.
    """
    path = run.folder / MANIFEST
    try:
        return _figures(path, mark_of(path))
    except (OSError, WinnowError):
        return {}


@lru_cache(maxsize=512)
def _figures(path: Path, mark: tuple[int, ...]) -> Mapping[str, Any]:
    manifest = load_manifest(path)
    figures = {
        "labels": manifest["labels"].get("count"),
        "classes": len(manifest.get("classes") or manifest["prompts"]),
        "images": len(manifest["files"]),
        "model": manifest["encoder"].get("spec"),
    }
    measured = _measured(manifest)
    return figures | ({"n": measured.pop("n")} | measured if measured else {})


def _measured(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What random images said: nothing else may stand beside what they say now."""
    metrics = manifest.get("metrics") or {}
    if "random images" not in str(manifest.get("metrics_basis")):
        return {}
    return {
        "accuracy": metrics.get("accuracy"),
        "low": metrics.get("accuracy_low"),
        "high": metrics.get("accuracy_high"),
        "n": metrics.get("n"),
    }


def _record(run: Run) -> Past | None:
    try:
        manifest = load_manifest(run.folder / MANIFEST)
    except WinnowError:
        return None
    if manifest["options"].get("delta"):
        return None
    files = {entry["id"]: entry for entry in manifest["files"]}
    names = list(dict.fromkeys(entry["class"] for entry in files.values()))
    number = {name: code for code, name in enumerate(names)}
    codes = np.array([number[entry["class"]] for entry in files.values()], dtype=np.uint16)
    # What people labeled was the answer, so no model judged it for itself.
    judged = codes.copy()
    judged[[entry.get("source") == _PERSON for entry in files.values()]] = UNJUDGED
    figures = {key: _measured(manifest).get(key) for key in ("accuracy", "low", "high")}
    return Past(run.when.timestamp(), names, list(files), codes, figures, judged)
