"""Who did what in a workspace, and when: ``activity.jsonl``, one JSON line each, only appended to.

Answers are not in it: the labels themselves keep who gave each. A line that a crash cut off is
passed over.
"""

from __future__ import annotations

import io
import json
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from core.runtime import inputs
from core.runtime.files import append_line

_FILE = "activity.jsonl"
MOST = 100_000
"""Lines that are read, the newest."""
_LONGEST = 500  # characters of what is noted


@dataclass(frozen=True)
class Done:
    """Something that was done.

    Attributes:
        time: seconds since the epoch.
        person: who did it, "" where nobody was named.
        act: name of one of `core.store.people.roles.ACTS`.
        about: what, for people.
        question: short name of the question, "" for the first and what all share.
    """

    time: float
    person: str
    act: str
    about: str
    question: str = ""


def note(root: Path, person: str, act: str, about: str, question: str = "") -> None:
    """Append what was done now.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    done = Done(time.time(), person, act, about[:_LONGEST], question)
    append_line(root / _FILE, json.dumps(asdict(done)).encode())


def done_between(root: Path, since: float, until: float) -> list[Done]:
    """What was done from a moment on and before another, oldest first.

    Args:
        since, until: seconds since the epoch.
    """
    newest: deque[Done] = deque(maxlen=MOST)
    try:
        with io.TextIOWrapper(inputs.open_file(root / _FILE), "utf-8", errors="replace") as lines:
            for line in lines:
                done = _parse(line)
                if done is not None and since <= done.time < until:
                    newest.append(done)
    except FileNotFoundError:
        return []
    return list(newest)


def _parse(line: str) -> Done | None:
    try:
        content = inputs.parse_json(line)
        return Done(
            float(content["time"]), str(content["person"]), str(content["act"]),
            str(content["about"]), str(content.get("question", "")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
