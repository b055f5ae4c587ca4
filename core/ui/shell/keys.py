"""Keyboard help: ``?`` on any page shows the keys that work. Browser part: ``keys.js``."""

from __future__ import annotations

from pathlib import Path

from core.ui.widgets import mount

_HERE = Path(__file__).parent
GROUPS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Label, one by one",
        [
            ("1–9", "give the class that shows the digit at the picture"),
            ("its name", "a class whose name is one character has that key"),
            ("letters, /", "find a class: arrows move, Enter takes it, Esc leaves"),
            ("Enter", "take the class that is highlighted at the picture"),
            ("↑  ↓", "highlight another class at the picture"),
            ("s", "skip the image"),
            ("u", "call it unsure"),
            ("0", "none of these classes"),
            ("−", "not usable"),
            ("z", "undo the last answer"),
            ("←  →", "look at answered images again, go forward"),
            ("x", "zoom; the mouse looks around"),
            ("+", "what is nearly the same is another picture"),
            ("F2 F4 F8 F9", "skip, unsure, none, zoom where classes own those letters"),
        ],
    ),
    (
        "Label, grid of exceptions",
        [
            ("arrows", "move"),
            ("space, x", "mark as wrong, or take the mark back"),
            ("1–9, letters, /", "say what it is instead"),
            ("0", "none of these classes"),
            ("−", "not usable"),
            ("+", "part what is nearly the same and answered together"),
            ("Enter", "confirm the rest"),
            ("z", "undo the last page"),
        ],
    ),
    (
        "Clusters",
        [
            ("drag", "draw a lasso; Shift adds, Alt takes away"),
            ("Esc", "clear the selection"),
        ],
    ),
    ("Everywhere", [("?", "this help"), ("Esc", "close it")]),
]


def draw() -> None:
    """Mount the help: a small button that listens for the key; beside it one copies the link.

    It also has the page drawn when a server that was started anew does not know it, and has the
    browser fetch the scripts of other pages (`core.ui.shell.statics`).
    """
    mount.element(_HERE, "keys")(
        key="keyboard-help", data={"groups": GROUPS}, default={"woken": None},
        on_woken_change=lambda: None,
    )  # fmt: skip
