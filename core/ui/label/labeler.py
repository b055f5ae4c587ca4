"""The labeling elements: queue out, log of answers in. The browser parts are in ``components``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.store.labels.sqlite import LogEntry
from core.ui.widgets.colours import class_colour

_HERE = Path(__file__).parent
_RESERVED = set("suzx")  # skip, unsure, undo, zoom
_DIGITS = "1234567890"
_LETTERS = [c for c in "abcdefghijklmnopqrstuvwxyz" if c not in _RESERVED]
_KINDS = ("label", "skip", "unsure", "undo")


@st.cache_resource(show_spinner=False)
def _component(name: str) -> Any:
    return st.components.v2.component(
        f"winnow_{name}",
        css=(_HERE / f"{name}.css").read_text("utf-8"),
        js=(_HERE / f"{name}.js").read_text("utf-8"),
        isolate_styles=False,
    )


def keys_of(names: Sequence[str]) -> list[list[str]]:
    """The keys of each class: a digit for the first ten, and a letter while there are any.

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


def log_of(key: str) -> list[LogEntry]:
    """What an element has said in this session and may not have been stored yet.

    Entries that do not have the expected form are left out: they come from a browser.
    """
    entries = []
    for item in _said(key, "log"):
        try:
            entry = LogEntry(
                int(item["seq"]),
                str(item["id"]),
                item["kind"],
                item["label"],
                item["target"],
                item.get("batch"),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if entry.kind in _KINDS:
            entries.append(entry)
    return entries


def called_wrong(key: str) -> list[str]:
    """Ids that the grid called wrong without saying what they are."""
    return [str(image_id) for image_id in _said(key, "wrong")]


def labeler(
    key: str,
    client: str,
    ack: int,
    classes: list[dict[str, Any]],
    queue: list[dict[str, Any]],
    meter: dict[str, Any],
) -> None:
    """Mount the element that asks for one image at a time.

    Args:
        client: names this browser session in the label store.
        ack: highest sequence number that is stored.
        classes: as ``classes_of`` makes them.
        queue: next images: id, picture (address), name, probabilities (one a class), audit, why,
            captions that people brought.
        meter: what is known of the progress: lines, accuracy, verdict, reached.
    """
    _component("labeler")(
        key=key,
        data={
            "client": client,
            "ack": ack,
            "classes": classes,
            "queue": queue,
            "meter": meter,
            "loading": "Choosing the next images…",
        },
        default={"log": []},
        on_log_change=lambda: None,
    )


def grid(
    key: str,
    client: str,
    ack: int,
    classes: list[dict[str, Any]],
    pages: list[dict[str, Any]],
) -> None:
    """Mount the element that shows a page of images with one prediction.

    Args:
        pages: the next pages: id, name and colour of the class, items (id, thumb, name, p).
    """
    _component("grid")(
        key=key,
        data={
            "client": client,
            "ack": ack,
            "classes": classes,
            "pages": pages,
            "loading": "No more images of this class are waiting.",
        },
        default={"log": [], "wrong": []},
        on_log_change=lambda: None,
        on_wrong_change=lambda: None,
    )


def _said(key: str, name: str) -> list[Any]:
    state = st.session_state.get(key)
    said = state[name] if state and name in state else []
    return said if isinstance(said, list) else []
