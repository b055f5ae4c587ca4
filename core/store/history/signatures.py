"""Folders that are signed: ``signatures.json``, for each the list of images it was begun with.

A class may be renamed afterwards, or merged into another: then the list goes on under the later
name, until that change is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.images.hash import is_image_id
from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, write_atomic
from core.store.lock import changing
from core.store.people.gate import require
from core.store.people.roles import SIGN

_NAME = "signatures.json"


@dataclass(frozen=True)
class Listed:
    """What would have gone into a folder when its signing began.

    Attributes:
        name: the class.
        level: the share right to sign at.
        ids, confidence: its images with the probability of the class then.
        salt: settles the random order of looks.
        begun: seconds since the epoch.
        wrong: images that were called wrong without saying what they are.
        later: what the class was called afterwards, oldest first, each with the batch of labels
            that were given the name with it.
    """

    name: str
    level: float
    ids: tuple[str, ...]
    confidence: tuple[float, ...]
    salt: str
    begun: float
    wrong: tuple[str, ...] = ()
    later: tuple[tuple[str, str], ...] = ()

    @property
    def latest(self) -> str:
        """What the class is called now."""
        return self.later[-1][0] if self.later else self.name

    def called(self, names: Collection[str]) -> str | None:
        """Which of these classes it is of: the latest of its names; None for none."""
        every = (*(name for name, _ in self.later[::-1]), self.name)
        return next((name for name in every if name in names), None)


def by_class(home: Path, names: Collection[str]) -> dict[str, Listed]:
    """The list of each class that has one.

    Where classes with lists were merged, the longest counts; taken apart, each has its own again.

    Raises:
        WinnowError: the file is damaged.
    """
    result: dict[str, Listed] = {}
    for one in read(home):
        name = one.called(names)
        if name is not None and (name not in result or len(one.ids) > len(result[name].ids)):
            result[name] = one
    return result


def version(home: Path) -> tuple[int, ...]:
    """Differs whenever a list was begun, changed or dropped."""
    path = home / _NAME
    return mark_of(path) if path.exists() else ()


def read(home: Path) -> list[Listed]:
    """The lists of a question as they were settled; none where none was.

    Args:
        home: folder of the question, `Workspace.home`.

    Raises:
        WinnowError: the file is damaged.
    """
    path = home / _NAME
    try:
        content = inputs.load_json(path, inputs.RECORD_BYTES)
        return [_listed(entry) for entry in content["folders"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): restore it, or delete it and sign anew."
        ) from error


def _listed(entry: Any) -> Listed:
    ids, confidence, wrong = entry["ids"], entry["confidence"], entry["wrong"]
    later = tuple((name, batch) for name, batch in entry.get("later", []))
    if not (all(map(is_image_id, [*ids, *wrong])) and len(ids) == len(set(ids)) == len(confidence)):
        raise ValueError("a list of images is not proper")
    level = float(entry["level"])
    texts = [entry["name"], *(text for pair in later for text in pair)]
    if not 0 < level < 1 or not all(isinstance(text, str) for text in texts):
        raise ValueError("a folder has no proper name or level")
    return Listed(
        entry["name"], level, tuple(ids), tuple(map(float, confidence)), str(entry["salt"]),
        float(entry["begun"]), tuple(wrong), later,
    )  # fmt: skip


def change(home: Path, changed: Callable[[list[Listed]], list[Listed]]) -> None:
    """Change the lists while nobody else does.

    Raises:
        WinnowError: the file is damaged, the disk does not take it, or whoever acts may not sign.
    """
    require(home, SIGN)
    path = home / _NAME
    with changing(path):
        entries = [_entry(one) for one in changed(read(home))]
        write_atomic(path, json.dumps({"format": 1, "folders": entries}).encode())


def _entry(one: Listed) -> dict[str, Any]:
    return {key: value for key, value in vars(one).items() if value or key != "later"}


def renamed(home: Path, moves: Mapping[str, str], names: Collection[str], batch: str) -> None:
    """Have the lists of classes go on under other names; nothing is written where none has one.

    Args:
        moves: class → what it is called from now on.
        names: the classes before.
        batch: of the labels that were changed with it.

    Raises:
        WinnowError: the file is damaged, or the disk does not take it.
    """

    def moved(one: Listed) -> Listed:
        now = one.called(names)
        to = moves.get(now) if now is not None else None
        return one if to in (None, now) else replace(one, later=(*one.later, (str(to), batch)))

    _change_some(home, moved)


def renamed_back(home: Path, batch: str) -> None:
    """Take the names back that came with a batch of labels; errors as for `renamed`."""

    def back(one: Listed) -> Listed:
        return replace(one, later=tuple(pair for pair in one.later if pair[1] != batch))

    _change_some(home, back)


def _change_some(home: Path, changed: Callable[[Listed], Listed]) -> None:
    if any(changed(one) != one for one in read(home)):
        change(home, lambda lists: [changed(one) for one in lists])
