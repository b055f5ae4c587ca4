"""Earlier versions of the classes and prompts, so that every edit can be taken back.

One JSON line a version, only ever appended to; a line that a crash cut off is passed over.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from core.prompts.vocabulary import Vocabulary
from core.runtime.files import storage_errors

TOGETHER = 20.0  # seconds: edits closer to each other are one version
SHOWN = 200


@dataclass(frozen=True)
class Version:
    """A vocabulary as it was at ``time`` (seconds since the epoch)."""

    time: float
    vocabulary: Vocabulary


def read(path: Path) -> list[Version]:
    """The versions kept, oldest first; of edits in quick succession only the last."""
    if not path.exists():
        return []
    versions: list[Version] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            version = _parse(line)
            if version is None:
                continue
            if versions and version.time - versions[-1].time < TOGETHER and len(versions) > 1:
                versions.pop()
            versions.append(version)
    return versions[-SHOWN:]


def append(path: Path, vocabulary: Vocabulary) -> None:
    """Keep a version; WinnowError when the disk does not take it."""
    line = json.dumps({"time": time.time(), "classes": vocabulary.prompts()}, ensure_ascii=False)
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


def _parse(line: str) -> Version | None:
    try:
        content = json.loads(line)
        return Version(float(content["time"]), Vocabulary.of(content["classes"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
