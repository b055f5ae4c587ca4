"""The prompt workbench: a class with its sentences on the left, what it would take on the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.preview import BINS, ClassPreview
from core.prompts.vocabulary import Vocabulary
from core.services.prompts.verdict import HELP
from core.services.prompts.workbench import Bench, Worth
from core.ui.prompts import state
from core.ui.prompts.table import judged
from core.ui.session import session
from core.ui.widgets import mount, thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain

STRIP = 12
_HERE = Path(__file__).parent


def prompt_editor(key: str, name: str, prompts: Sequence[str], unsaved: str = "") -> None:
    """A field with one prompt a line; what is typed arrives while it is typed, see ``edited``.

    Args:
        unsaved: why edits could not be saved; the field keeps its own until they are.
    """
    mount.element(_HERE, "prompts")(
        key=key,
        data={
            "text": "\n".join(prompts),
            "label": f"Prompts of {name}, one a line",
            "placeholder": "a photo of …",
            "draft": f"{session.require_project().key}:{name}",
            "session": session.name(),
            "saved": st.session_state.get(state.EDITS, {}).get(key),
            "trouble": unsaved,
        },
        default={"edit": None},
        on_edit_change=lambda: None,
    )


def edited(key: str, prompts: Sequence[str]) -> list[str] | None:
    """The lines of an edit that has not been taken up yet; None when there is none.

    Args:
        prompts: of the class now. A browser that comes back to a server started anew brings its
            last edit along; it counts unless the prompts have changed since it was made.
    """
    edit = mount.value(key, "edit")
    if not isinstance(edit, dict) or not isinstance(edit.get("text"), str):
        return None
    if st.session_state.get(state.EDITS, {}).get(key) == edit.get("at"):
        return None
    earlier = edit.get("session", session.name()) != session.name()
    if earlier and _lines(edit.get("base")) != list(prompts):
        return None
    return str(edit["text"]).splitlines()


def _lines(text: object) -> list[str]:
    """The prompts that a text of the field stands for."""
    name = "class"
    return list(Vocabulary.of({name: str(text).splitlines()}).prompts()[name])


def taken_up(key: str) -> None:
    """Note that the last edit of a field is saved."""
    edits: dict[str, Any] = st.session_state.setdefault(state.EDITS, {})
    edits[key] = mount.value(key, "edit").get("at")


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
    alternative = (
        "Images by their lead over the best other class, on a square-root scale; "
        f"right of the line the class takes them: {taken:,}"
    )
    return (
        f'<div role="img" title="{alternative}" aria-label="{alternative}" style="display:flex;'
        f'align-items:flex-end;height:40px;max-width:320px">{"".join(bars)}</div>'
    )


def show_figures(index: int, shown: ClassPreview, bench: Bench) -> None:
    """How many images a class takes, by how much, and what the random images say of it.

    Args:
        index: of the class.
    """
    figures, colour = bench.figures[index], class_colour(index)
    share = shown.count / max(len(bench.lead.taken), 1)
    count, off = bench.takes(index)
    images = f"about <b>{count:,}</b> ± {off:,}" if bench.whole else f"<b>{count:,}</b>"
    right = f'<p style="margin:4px 0 0;font-size:13px;opacity:.85">{judged(figures)}</p>'
    st.html(
        f'<p style="margin:0 0 8px"><span style="color:{colour}">●</span> takes '
        f"{images} images ({share:.1%})</p>"
        f"{histogram(shown.histogram, colour)}{right}"
    )


def show_strips(snapshot: Snapshot, shown: ClassPreview, own: np.ndarray) -> None:
    """The images that a class is surest of, that lie on its border, and that it barely takes.

    One block of HTML: with an element each, the browser was busy with them for longer than all
    the scores take.

    Args:
        own: (N,) probability of the class.
    """
    parts = [
        _strip(snapshot, "Surest", shown.top, own),
        _strip(snapshot, "On the border", shown.border, own),
        _strip(snapshot, "Taken, but least sure", shown.bottom, own),
    ]
    st.html(thumbs.STYLE + "".join(parts))


def strip(snapshot: Snapshot, title: str, rows: np.ndarray) -> None:
    """A row of images below a title."""
    st.html(thumbs.STYLE + _strip(snapshot, title, rows, None))


def _strip(
    snapshot: Snapshot, title: str, rows: np.ndarray, probabilities: np.ndarray | None
) -> str:
    if not len(rows):
        return ""
    pool, shown = snapshot.pool, rows[:STRIP].tolist()
    captions = [f"{probabilities[r]:.0%}" for r in shown] if probabilities is not None else None
    pictures = thumbs.markup(
        snapshot.key,
        [pool.ids[r] for r in shown],
        captions,
        [pool.paths[r] for r in shown],
        size=76,
        strip=True,
    )
    head = f'<div style="font-size:13px;opacity:.8;margin:8px 0 4px">{escape(title)}</div>'
    return head + pictures


def show_contributions(snapshot: Snapshot, name: str, entries: list[Worth]) -> None:
    """What each prompt of a class changes, against the class without it."""
    if not entries:
        st.caption("With a single prompt there is nothing to compare; add a second one.")
    elif not entries[0].verdict.enough:
        st.caption(entries[0].verdict.sentence(), help=HELP)
    for entry in entries:
        changed, verdict = entry.contribution, entry.verdict
        st.markdown(
            f"“{plain(changed.prompt)}” brings {plain(name)} **{len(changed.won):,}** images and "
            f"costs it **{len(changed.lost):,}**."
            + ("" if len(changed.won) or len(changed.lost) else " Nothing changes without it.")
        )
        if verdict.enough:
            st.caption(verdict.sentence("without it", "with it"), help=HELP)
        if len(changed.won):
            strip(snapshot, f"Taken for {name} only because of this prompt", changed.won)
        if len(changed.lost):
            strip(snapshot, f"Would be {name} without this prompt", changed.lost)
