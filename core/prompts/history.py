"""Earlier versions of the classes and prompts, so that every edit can be taken back.

One JSON line a version, only ever appended to; a line that a crash cut off is passed over.
"""

from __future__ import annotations

import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.prompts.vocabulary import Vocabulary
from core.runtime import inputs
from core.runtime.files import storage_errors

TOGETHER = 20.0  # seconds: edits closer to each other are one version
SHOWN = 200


@dataclass(frozen=True)
class Version:
    """A vocabulary as it was at ``time`` (seconds since the epoch)."""

    time: float
    vocabulary: Vocabulary


def read(path: Path) -> list[Version]:
    """The versions in the file, oldest first; of edits in quick succession only the last.

    Args:
        path: the history; without a file there are no versions.

    Returns:
        At most the ``SHOWN`` newest.
    """
    if not path.exists():
        return []
    versions: list[Version] = []
    with io.TextIOWrapper(inputs.open_file(path), "utf-8", errors="replace") as lines:
        for line in lines:
            version = _parse(line)
            if version is None:
                continue
            if versions and version.time - versions[-1].time < TOGETHER and len(versions) > 1:
                versions.pop()
            versions.append(version)
    return versions[-SHOWN:]


def append(path: Path, vocabulary: Vocabulary) -> None:
    """Add a version to the file.

    Raises:
        WinnowError: the disk does not take it.
    """
    line = json.dumps({"time": time.time(), "classes": vocabulary.prompts()}, ensure_ascii=False)
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.write(_line_end(file) + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _line_end(file: BinaryIO) -> bytes:
    """What ends a line that a crash cut off, so that the next one does not go on with it."""
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _parse(line: str) -> Version | None:
    try:
        content = inputs.parse_json(line)
        return Version(float(content["time"]), Vocabulary.of(content["classes"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
