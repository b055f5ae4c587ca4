"""What happened to a collection, and when: ``journal.jsonl``, one JSON line each, only appended to.

Kept because nothing else remembers it: which model the images were embedded with before, and when
images came or went. A line that a crash cut off is passed over.
"""

from __future__ import annotations

import io
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core.runtime import inputs
from core.runtime.files import append_line

_FILE = "journal.jsonl"
MOST = 2_000
"""Entries that are read, the newest."""


@dataclass(frozen=True)
class Entry:
    """Images were embedded.

    Attributes:
        time: seconds since the epoch.
        model: spec of the encoder; identity: of its weights.
        images: usable files after it.
        embedded: vectors that were made; gone: files that left.
    """

    time: float
    model: str
    identity: str
    images: int
    embedded: int
    gone: int


def note(root: Path, model: str, identity: str, images: int, embedded: int, gone: int) -> None:
    """Append an entry of now.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    entry = Entry(time.time(), model, identity, images, embedded, gone)
    append_line(root / _FILE, json.dumps(asdict(entry), ensure_ascii=False).encode())


def entries(root: Path) -> list[Entry]:
    """The entries of a workspace folder, oldest first."""
    listed: list[Entry] = []
    try:
        with io.TextIOWrapper(inputs.open_file(root / _FILE), "utf-8", errors="replace") as lines:
            for line in lines:
                if (entry := _parse(line)) is not None:
                    listed.append(entry)
    except FileNotFoundError:
        return []
    return listed[-MOST:]


def _parse(line: str) -> Entry | None:
    try:
        content = inputs.parse_json(line)
        return Entry(
            float(content["time"]), str(content["model"]), str(content["identity"]),
            int(content["images"]), int(content["embedded"]), int(content["gone"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
