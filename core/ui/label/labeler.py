"""The labeling elements: queue out, log of answers in. Browser: ``labeler.js``, ``grid.js``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.ui.shared import answer_log
from core.ui.shared.answer_log import Taken
from core.ui.widgets import mount
from core.ui.widgets.colours import class_colour

_HERE = Path(__file__).parent
_RESERVED = set("suzx")  # skip, unsure, undo, zoom
_DIGITS = "1234567890"
_LETTERS = [c for c in "abcdefghijklmnopqrstuvwxyz" if c not in _RESERVED]


def keys_of(names: Sequence[str]) -> list[list[str]]:
    """The keys of each class, by class: a digit for the first ten, a letter while there are any.

    The letter is the first one of the class's name that is free, so that it can be remembered.
    Classes beyond the letters have a button only.
    """
    free = dict.fromkeys(_LETTERS)
    letters: list[str | None] = []
    for name in names:
        own = next((c for c in name.lower() if c in free), None)
        free.pop(own or "", None)
        letters.append(own)
    rest = iter(list(free))
    keys = []
    for index, own in enumerate(letters):
        letter = own or next(rest, None)
        digit = _DIGITS[index] if index < len(_DIGITS) else None
        keys.append([key for key in (digit, letter) if key])
    return keys


def classes_of(names: Sequence[str], counts: Sequence[int]) -> list[dict[str, Any]]:
    """What the elements show of each class: name, keys, colour and labels so far."""
    return [
        {"name": name, "keys": keys, "colour": class_colour(index), "labels": int(count)}
        for index, (name, keys, count) in enumerate(zip(names, keys_of(names), counts, strict=True))
    ]


def called_wrong(key: str) -> list[str]:
    """Ids that the grid called wrong without giving their class."""
    ids = mount.value(key, "wrong")
    return [str(image_id) for image_id in ids] if isinstance(ids, list) else []


def labeler(
    key: str,
    taken: Taken,
    classes: list[dict[str, Any]],
    queue: list[dict[str, Any]],
    meter: dict[str, Any],
) -> None:
    """Mount the element that asks for one image at a time.

    Args:
        taken: what became of the answers that it sent.
        classes: as ``classes_of`` makes them.
        queue: next images: id, picture (address), name, probabilities (one a class), audit, why,
            captions that people brought.
        meter: the progress: lines, accuracy, verdict, reached.
    """
    mount.element(_HERE, "labeler")(
        key=key,
        data=answer_log.data(taken)
        | {
            "classes": classes,
            "queue": queue,
            "meter": meter,
            "loading": "Choosing the next images…",
        },
        default={"log": None},
        on_log_change=lambda: None,
    )


def grid(
    key: str,
    taken: Taken,
    classes: list[dict[str, Any]],
    pages: list[dict[str, Any]],
) -> None:
    """Mount the element that shows a page of images with one prediction.

    Args:
        taken, classes: as for ``labeler``.
        pages: the next pages: id, name and colour of the class, items (id, thumb, name, p).
    """
    mount.element(_HERE, "grid")(
        key=key,
        data=answer_log.data(taken)
        | {
            "classes": classes,
            "pages": pages,
            "loading": "No more images of this class are waiting.",
        },
        default={"log": None, "wrong": []},
        on_log_change=lambda: None,
        on_wrong_change=lambda: None,
    )
