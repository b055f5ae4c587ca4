"""The prompt workbench: a class with its sentences on the left, what it would take on the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.project.pool import Pool
from core.project.project import Project
from core.prompts.contribution import Contribution
from core.prompts.preview import BINS
from core.services.prompts.workbench import Bench
from core.ui.widgets import thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain

STRIP = 12
_HERE = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_prompts",
        css=(_HERE / "prompts.css").read_text("utf-8"),
        js=(_HERE / "prompts.js").read_text("utf-8"),
        isolate_styles=False,
    )


def prompt_editor(key: str, name: str, prompts: Sequence[str]) -> None:
    """A field with one prompt a line; what is typed arrives while it is typed, see ``edited``."""
    _component()(
        key=key,
        data={
            "text": "\n".join(prompts),
            "label": f"Prompts of {name}, one a line",
            "placeholder": "a photo of …",
        },
        default={"edit": None},
        on_edit_change=lambda: None,
    )


def edited(key: str) -> list[str] | None:
    """The lines of an edit that has not been taken up yet; None when there is none."""
    state = st.session_state.get(key)
    edit = state["edit"] if state and "edit" in state else None
    if not isinstance(edit, dict) or not isinstance(edit.get("text"), str):
        return None
    seen: dict[str, Any] = st.session_state.setdefault("prompt-edits", {})
    if seen.get(key) == edit.get("at"):
        return None
    seen[key] = edit.get("at")
    return str(edit["text"]).splitlines()


def histogram(counts: np.ndarray, colour: str) -> str:
    """The lead over the best other class as a small figure; right of the line is taken."""
    heights = np.sqrt(counts / max(int(counts.max()), 1))  # else a few images cannot be seen
    bars = [
        f'<i style="flex:1;margin-right:1px;height:{100 * height:.0f}%;'
        f'background:{colour if i >= BINS // 2 else NEUTRAL}"></i>'
        for i, height in enumerate(heights)
    ]
    bars.insert(BINS // 2, '<i style="width:1px;height:100%;background:currentColor"></i>')
    taken = int(counts[BINS // 2 :].sum())
    said = (
        "Images by their lead over the best other class, on a square-root scale; "
        f"right of the line the class takes them: {taken:,}"
    )
    return (
        f'<div role="img" title="{said}" aria-label="{said}" style="display:flex;'
        f'align-items:flex-end;height:40px;max-width:320px">{"".join(bars)}</div>'
    )


def show_preview(project: Project, pool: Pool, index: int, found: Bench) -> None:
    """What a class takes: a line, the histogram and three strips of images.

    One block of HTML: with an element each, the browser was busy with them for longer than all
    the scores take.
    """
    shown, own = found.previews[index], found.probabilities[:, index]
    colour = class_colour(index)
    share = shown.count / max(len(pool), 1)
    parts = [
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:8px 24px">'
        f'<p style="margin:0;flex:3"><span style="color:{colour}">●</span> takes '
        f"<b>{shown.count:,}</b> images ({share:.1%})</p>"
        f'<div style="flex:2">{histogram(shown.histogram, colour)}</div></div>',
        _strip(project, pool, "Surest", shown.top, own),
        _strip(project, pool, "On the border", shown.border, own),
        _strip(project, pool, "Taken, but least sure", shown.bottom, own),
    ]
    st.html(thumbs.STYLE + "".join(parts))


def strip(project: Project, pool: Pool, title: str, rows: np.ndarray) -> None:
    """A row of images below a title."""
    st.html(thumbs.STYLE + _strip(project, pool, title, rows, None))


def _strip(
    project: Project, pool: Pool, title: str, rows: np.ndarray, probabilities: np.ndarray | None
) -> str:
    if not len(rows):
        return ""
    chosen = rows[:STRIP].tolist()
    captions = [f"{probabilities[r]:.0%}" for r in chosen] if probabilities is not None else None
    pictures = thumbs.markup(
        project,
        [pool.ids[r] for r in chosen],
        captions,
        [pool.files[r][0].path for r in chosen],
        size=76,
        strip=True,
    )
    head = f'<div style="font-size:13px;opacity:.8;margin:8px 0 4px">{escape(title)}</div>'
    return head + pictures


def show_contributions(project: Project, pool: Pool, found: list[Contribution]) -> None:
    """What each prompt wins and loses."""
    if not found:
        st.caption("With a single prompt there is nothing to compare; add a second one.")
    for entry in found:
        effect = ""
        if entry.labels_right:
            effect = f" · {entry.labels_right:+d} of your labels right"
        st.markdown(
            f"“{plain(entry.prompt)}” wins **{len(entry.won):,}**, "
            f"loses **{len(entry.lost):,}**{effect}"
        )
        if len(entry.won):
            strip(project, pool, "Only with it", entry.won)
        if len(entry.lost):
            strip(project, pool, "Lost because of it", entry.lost)
