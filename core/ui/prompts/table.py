"""All classes in a compact table, of which one is open. Browser part: ``classes.js``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.prompts.workbench import Bench, ClassFigures
from core.ui.prompts import state
from core.ui.widgets import mount, thumbs
from core.ui.widgets.colours import class_colour

_HERE = Path(__file__).parent
_KEY = "prompts-table"


def show(
    snapshot: Snapshot, scored: Bench | None, opened: str, drop: Callable[[str, str], None]
) -> None:
    """Draw the table.

    Args:
        scored: None while there are no scores: then without figures.
        opened: name of the class that is open.
        drop: puts a class into the group that it was dragged to, "" for none.
    """
    figures = scored.figures if scored else [None] * len(snapshot.names)
    takes = [scored.takes(k) if scored else (0, 0) for k in range(len(snapshot.names))]
    groups = snapshot.classes.above
    mount.element(_HERE, "classes")(
        key=_KEY,
        data={
            "workspace": snapshot.key,
            "open": opened,
            "groups": [
                {"name": name, "above": above} for name, _, above in snapshot.classes.groups
            ],
            "rows": [
                {
                    "name": name,
                    "number": number,
                    "colour": class_colour(number),
                    "group": groups.get(name, ""),
                }
                | _figures(snapshot, of, *takes[number])
                for number, (name, of) in enumerate(zip(snapshot.names, figures, strict=True))
            ],
        },
        default={"open": None, "group": None},
        on_open_change=_open,
        on_group_change=lambda: _drop(drop),
    )


def opened(names: list[str]) -> str:
    """The class that is open: the one chosen last, else the first; "" without any."""
    name = st.session_state.get(state.OPEN)
    return name if name in names else (names[0] if names else "")


def _open() -> None:
    message = mount.value(_KEY, "open")
    if isinstance(message, dict) and isinstance(message.get("name"), str):
        st.session_state[state.OPEN] = message["name"]


def _drop(drop: Callable[[str, str], None]) -> None:
    message = mount.value(_KEY, "group")
    if isinstance(message, dict) and all(isinstance(message.get(k), str) for k in ("name", "to")):
        drop(message["name"], message["to"])


def _figures(snapshot: Snapshot, of: ClassFigures | None, count: int, off: int) -> dict[str, Any]:
    if of is None:
        return {"count": 0, "images": "", "share": "", "right": "", "interval": "", "picture": ""}
    picture = thumbs.url(snapshot.key, snapshot.pool.ids[of.first]) if of.count else ""
    return {
        "count": count,
        "images": f"≈\u00a0{count:,} ±\u00a0{off:,}" if off else f"{count:,}",
        "share": f"{of.count / max(len(snapshot), 1):.1%}",
        "precision": of.right / of.judged if of.judged else None,
        "right": f"{of.right}/{of.judged}" if of.judged else "–",
        "interval": judged(of),
        "picture": picture,
    }


def judged(of: ClassFigures) -> str:
    """What the random images say of a class, one sentence."""
    if not of.judged:
        return "No random image that it takes has a label yet."
    low, high = of.interval()
    return (
        f"{of.right:,} of {of.judged:,} random images that it takes are of it "
        f"({low:.0%}–{high:.0%})."
    )
