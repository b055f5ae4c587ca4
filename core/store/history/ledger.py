"""The ledger of a question: ``ledger.jsonl``, one JSON line each, only appended to.

It records what is on record nowhere else: model files that were written, moments that somebody
wanted to keep, who exported; and what people wrote about any run: notes, and which run is the one
that counts. What was predicted at the time lies beside it, see `core.store.history.predictions`. A
line that a crash cut off is passed over.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.runtime.files import storage_errors
from core.store.history import predictions
from core.store.history.predictions import Past

_FILE, _LOCK, _FOLDER = "ledger.jsonl", "ledger.lock", "judged"
MOST = 5_000
"""Entries that are read, the newest."""
MOST_NOTE = 2_000
"""Characters of a note."""
PATIENCE = 10.0
"""Seconds to wait for another writer; a write takes a hundredth of a second."""
_NAME = re.compile(r"[^\w.-]+")
_MOST_NAME = 60


@dataclass(frozen=True)
class Entry:
    """Something that was made of a question.

    Attributes:
        id: its name in the ledger, unique in the question.
        time: seconds since the epoch.
        kind: "export", "model file" or "moment".
        name: of the file or folder, or what somebody called it.
        person: who made it, "" where that is not known.
        figures: of that time: "accuracy", "low", "high", "n", "labels", "classes", "images",
            "model".
    """

    id: str
    time: float
    kind: str
    name: str
    person: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """What somebody wrote about a run, and when (seconds since the epoch)."""

    text: str
    person: str
    time: float


@dataclass(frozen=True)
class Ledger:
    """What the file says.

    Attributes:
        entries: oldest first.
        notes: id of a run → the latest note of it; one that was emptied is not there.
        pinned: id of the run that counts; None where nobody said.
    """

    entries: list[Entry] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    pinned: str | None = None


def read(home: Path) -> Ledger:
    """The ledger in the folder of a question; an empty one where there is none."""
    entries: dict[str, Entry] = {}
    notes: dict[str, Note] = {}
    pinned: str | None = None
    try:
        with io.TextIOWrapper(inputs.open_file(home / _FILE), "utf-8", errors="replace") as lines:
            for line in lines:
                match _parse(line):
                    case Entry() as entry:
                        entries[entry.id] = entry
                    case (str() as run, Note() as note):
                        notes.pop(run, None)
                        if note.text:
                            notes[run] = note
                    case {"pin": run}:
                        pinned = run
    except FileNotFoundError:
        return Ledger()
    return Ledger(list(entries.values())[-MOST:], notes, pinned)


def add(home: Path, entry: Entry, past: Past) -> None:
    """Append an entry; what was predicted lies on the disk before it is listed.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    predictions.write(home / _FOLDER, _file_name(entry.id), past)
    _append(home, {"event": "run", **asdict(entry)})


def past_of(home: Path, run: str) -> Past | None:
    """What was predicted when an entry was made; None where that is damaged or not on record."""
    return predictions.read(home / _FOLDER / f"{_file_name(run)}.npz")


def _file_name(run: str) -> str:
    """A name that every disk takes, whatever an export was called."""
    return hashlib.blake2b(run.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def write_note(home: Path, run: str, text: str, person: str) -> None:
    """Write a note about a run in place of the one before; an empty text takes it away.

    Raises:
        WinnowError: it is too long, or the disk is full or cannot be written.
    """
    text = text.strip()
    if len(text) > MOST_NOTE:
        raise WinnowError(
            f"The note has {len(text):,} characters: shorten it to {MOST_NOTE:,}, or write it into "
            "a file and note its name."
        )
    _append(
        home, {"event": "note", "run": run, "text": text, "person": person, "time": time.time()}
    )


def pin(home: Path, run: str | None, person: str) -> None:
    """Say which run is the one that counts; None for none.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    _append(home, {"event": "pin", "run": run, "person": person, "time": time.time()})


def new_id(home: Path, stamp: str, name: str) -> str:
    """An id that no entry has: a stamp of the time and a name that a file may have."""
    base = f"{stamp}-{_NAME.sub('-', name).strip('-.')[:_MOST_NAME] or 'run'}"
    taken, wanted, number = {entry.id for entry in read(home).entries}, base, 1
    while wanted in taken:
        number += 1
        wanted = f"{base}-{number}"
    return wanted


def _append(home: Path, content: dict[str, Any]) -> None:
    line = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    try:
        with (
            storage_errors(home),
            FileLock(home / _LOCK, timeout=PATIENCE),
            (home / _FILE).open("a+b") as file,
        ):
            whole = file.seek(0, io.SEEK_END) == 0 or file.seek(-1, io.SEEK_END) < 0
            # What a crash cut off must not go on with this line.
            file.write(line if whole or file.read(1) == b"\n" else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
    except Timeout:
        raise StorageError(
            f"Another program has been writing {home / _FILE} for {PATIENCE:.0f} seconds: try "
            "again when it is done."
        ) from None


def _parse(line: str) -> Entry | tuple[str, Note] | dict[str, str | None] | None:
    try:
        content = inputs.parse_json(line)
        match content["event"]:
            case "run":
                return _entry(content)
            case "note":
                note = Note(str(content["text"]), str(content["person"]), float(content["time"]))
                return str(content["run"]), note
            case "pin":
                run = content["run"]
                return {"pin": run if isinstance(run, str) else None}
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return None


def _entry(content: Mapping[str, Any]) -> Entry | None:
    moment, figures = float(content["time"]), content["figures"]
    if not math.isfinite(moment) or not isinstance(figures, dict):
        return None
    return Entry(
        str(content["id"]), moment, str(content["kind"]), str(content["name"]),
        str(content["person"]), figures,
    )  # fmt: skip
