"""Earlier versions of the classes and prompts, so that every edit can be taken back.

One JSON line a version, only ever appended to; a line that a crash cut off is passed over. A line
may say that it goes back by some steps, and which batch of labels was changed along with it: that
one is taken back together with the version.
"""

from __future__ import annotations

import io
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from core.prompts.vocabulary import Vocabulary
from core.runtime import inputs
from core.runtime.files import storage_errors

TOGETHER = 20.0  # seconds: edits closer to each other are one version
SHOWN = 200


@dataclass(frozen=True)
class Version:
    """A vocabulary as it was at ``time`` (seconds since the epoch).

    Attributes:
        batch: of labels that were changed with it; None for none.
        back: steps that it goes back, 0 for a change of its own.
    """

    time: float
    vocabulary: Vocabulary
    batch: str | None = None
    back: int = 0

    def goes_on_from(self, before: Version) -> bool:
        """Whether it is one edit with the version before: words typed in one go."""
        return (
            0 <= self.time - before.time < TOGETHER
            and self.vocabulary.names == before.vocabulary.names
            and not (self.back or before.back or self.batch)
        )


@dataclass(frozen=True)
class History:
    """What the file says.

    Attributes:
        versions: oldest first, those that were taken back too.
        steps: the way to the present, oldest first: what Undo goes back along. Never more than
            ``versions``.
    """

    versions: list[Version]
    steps: list[Version]


def read(path: Path) -> list[Version]:
    """The versions in the file, oldest first; of words typed in quick succession only the last.

    Args:
        path: the history; without a file there are no versions.

    Returns:
        At most the ``SHOWN`` newest.
    """
    return follow(path).versions


def follow(path: Path) -> History:
    """The versions in the file and the way to the present; see `read`."""
    history = History([], [])
    if path.exists():
        with io.TextIOWrapper(inputs.open_file(path), "utf-8", errors="replace") as lines:
            for line in lines:
                _add(history, line)
    return History(history.versions[-SHOWN:], history.steps[-SHOWN:])


def _add(history: History, line: str) -> None:
    """Add the version that a line of the file says, if it says one."""
    version = _parse(line)
    if version is not None:
        _put(history.versions, version)
        _step(history.steps, version)


def _put(versions: list[Version], version: Version) -> None:
    """Add a version, instead of the last one where it goes on from that."""
    if len(versions) > 1 and version.goes_on_from(versions[-1]):
        version = replace(version, batch=versions.pop().batch)
    versions.append(version)


def _step(steps: list[Version], version: Version) -> None:
    left = len(steps) - version.back
    if version.back and left > 0 and steps[left - 1].vocabulary == version.vocabulary:
        del steps[left:]
    else:
        _put(steps, version)


class Following:
    """A history that is read once, and later only what was added to it since. Thread safe.

    Args:
        path: the history; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._mark: tuple[int, int, int] | None = None
        self._begin()

    def _begin(self) -> None:
        self._end, self._last = 0, b""  # how far the file was read, and the line before that
        self._history = History([], [])

    def read(self) -> History:
        """What the file says now, see `follow`.

        Raises:
            OSError: it cannot be read.
        """
        with self._lock:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                self._mark = None
                self._begin()
            else:
                mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
                if mark != self._mark:
                    if self._mark is None or mark[0] != self._mark[0]:
                        self._begin()
                    self._go_on()
                    self._mark = mark
            return History(self._history.versions[-SHOWN:], self._history.steps[-SHOWN:])

    def _go_on(self) -> None:
        """Read the lines that came; all of them where the file is not the same any more."""
        with inputs.open_file(self._path) as file:
            file.seek(self._end - len(self._last))
            if file.read(len(self._last)) != self._last:
                self._begin()
                file.seek(0)
            for line in file:
                if not line.endswith(b"\n"):  # it is being written, or was cut off: read again
                    break
                self._end, self._last = self._end + len(line), line
                _add(self._history, line.decode("utf-8", errors="replace"))


def last_before(path: Path, moment: float) -> Version | None:
    """The version in force at a moment (seconds since the epoch); None before the first one."""
    if not path.exists():
        return None
    latest: Version | None = None
    with io.TextIOWrapper(inputs.open_file(path), "utf-8", errors="replace") as lines:
        for line in lines:
            version = _parse(line)
            if version is not None and version.time <= moment:
                latest = version
    return latest


def append(
    path: Path,
    vocabulary: Vocabulary,
    batch: str | None = None,
    back: int = 0,
    at: float | None = None,
) -> None:
    """Add a version to the file.

    Args:
        batch, back: see `Version`.
        at: its time, by default now.

    Raises:
        WinnowError: the disk does not take it.
    """
    content: dict[str, Any] = {
        "time": time.time() if at is None else at,
        "classes": vocabulary.prompts(),
    }
    if vocabulary.groups:
        content |= {"groups": vocabulary.groups, "parents": dict(vocabulary.parents)}
    content |= ({"labels": batch} if batch else {}) | ({"back": back} if back else {})
    line = json.dumps(content, ensure_ascii=False)
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
        batch, back = content.get("labels"), content.get("back", 0)
        return Version(
            float(content["time"]),
            Vocabulary.of(content["classes"]).in_groups(
                content.get("groups", []), content.get("parents", {})
            ),
            batch if isinstance(batch, str) else None,
            back if isinstance(back, int) and back > 0 else 0,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
