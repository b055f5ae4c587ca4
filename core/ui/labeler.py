"""The labeling element: queue out, log of key presses in. The browser part is ``labeler.js``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.store.labels import LogEntry
from core.ui.colours import class_colour

_HERE = Path(__file__).with_name("components")
_RESERVED = set("suz")  # skip, unsure, undo
_KEYS = [*"1234567890", *(c for c in "abcdefghijklmnopqrstuvwxyz" if c not in _RESERVED)]


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_labeler",
        css=(_HERE / "labeler.css").read_text("utf-8"),
        js=(_HERE / "labeler.js").read_text("utf-8"),
        isolate_styles=False,
    )


def keys_of(names: Sequence[str]) -> list[str]:
    """A key for each class: digits, then letters; classes beyond those have a button only."""
    return [_KEYS[i] if i < len(_KEYS) else "" for i in range(len(names))]


def log_of(key: str) -> list[LogEntry]:
    """What the element has said in this session and may not have been stored yet.

    Entries that do not have the expected form are left out: they come from a browser.
    """
    state = st.session_state.get(key)
    said = state["log"] if state and "log" in state else []
    entries = []
    for item in said or []:
        try:
            entry = LogEntry(
                int(item["seq"]), str(item["id"]), item["kind"], item["label"], item["target"]
            )
        except (KeyError, TypeError, ValueError):
            continue
        if entry.kind in ("label", "skip", "unsure", "undo"):
            entries.append(entry)
    return entries


def labeler(
    key: str, client: str, ack: int, names: Sequence[str], queue: list[dict[str, Any]]
) -> None:
    """Mount the element.

    Args:
        client: names this browser session in the label store.
        ack: highest sequence number that is stored.
        queue: next images: id, picture (address), name, probabilities (one a class).
    """
    classes = [
        {"name": name, "key": pressed, "colour": class_colour(index)}
        for index, (name, pressed) in enumerate(zip(names, keys_of(names), strict=True))
    ]
    _component()(
        key=key,
        data={
            "client": client,
            "ack": ack,
            "classes": classes,
            "queue": queue,
            "loading": "Choosing the next images…",
        },
        default={"log": []},
        on_log_change=lambda: None,
    )
