"""The strip at the top of each page: where one stands, and which step comes next."""

from __future__ import annotations

from html import escape
from typing import Literal

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.data.stage import LEAST, Stage, Step, stage
from core.ui.session import fitting
from core.ui.shared import meter
from core.ui.shared.state import NEXT_STEP, STRIP

STYLE = """<style>
.wn-strip-line{display:flex;gap:18px;align-items:center;white-space:nowrap;overflow-x:auto;
font-size:14px;line-height:1.25;min-height:34px;scrollbar-width:none}
.wn-strip-line span{display:flex;gap:5px;align-items:baseline}
.wn-strip-line i,.wn-strip-line em{font-style:normal;opacity:.8}
.st-key-strip button{min-height:34px;padding:2px 12px}
@media(max-width:640px){.wn-strip-line{gap:10px;font-size:13px}
.wn-strip-line span{flex-direction:column;gap:0;align-items:flex-start}
.wn-strip-line i{font-size:11px}.wn-strip-line .wn-more{display:none}
.st-key-strip button{padding:2px 8px;font-size:13px}.st-key-strip{gap:10px}}
</style>"""

_DRAWN, _OF = "strip-drawn", "strip-of"
"""Keys of the session state: the latest figures as they were drawn; their classes and next step."""


def draw(snapshot: Snapshot, files: int = 0) -> Stage:
    """Draw the figures here; a fragment of the page brings them up to date with ``refresh``.

    Args:
        files: images in the folder, where that is known; said while none is embedded.
    """
    st.session_state[STRIP] = st.empty()
    return refresh(snapshot, files)


def refresh(snapshot: Snapshot, files: int = 0) -> Stage:
    """Put the figures of a newer moment into the strip that is on the page."""
    reached = stage(snapshot, fitting.estimates(snapshot), meter.goal())
    st.session_state[_DRAWN] = STYLE + markup(reached, files)
    st.session_state[_OF] = (reached.classes, reached.next)
    again()
    return reached


def shows(snapshot: Snapshot) -> bool:
    """Whether the strip on the page counts these classes, and its button leads to the next step.

    For parts of a page that run by themselves and change classes: they cannot write to the strip.
    """
    reached = stage(snapshot, fitting.estimates(snapshot), meter.goal())
    drawn = st.session_state.get(_OF)
    return st.session_state.get(STRIP) is None or drawn == (reached.classes, reached.next)


def again() -> None:
    """Put the latest figures into the strip once more: what a fragment does not draw again goes."""
    place, drawn = st.session_state.get(STRIP), st.session_state.get(_DRAWN)
    if place is not None and drawn is not None:
        place.html(drawn)


def look(step: Step) -> Literal["primary", "secondary"]:
    """How the button that does a step looks: only what comes next has a colour."""
    return "primary" if st.session_state.get(NEXT_STEP, Step.OPEN) == step else "secondary"


def markup(reached: Stage, files: int = 0) -> str:
    """The figures as HTML: a number and a word each, side by side or, on a phone, one below the
    other.

    Args:
        files: as for ``draw``.
    """
    images, more = reached.images, ""
    if not images and files:
        images, more = files, "· none embedded yet"
    cells = [
        (f"{images:,}", _many(images, "image"), more, ""),
        (f"{reached.classes:,}", "class" if reached.classes == 1 else "classes", "", ""),
        (f"{reached.labels:,}", _many(reached.labels, "label"), "", ""),
        _accuracy(reached),
        _exported(reached),
    ]
    spans = "".join(
        f'<span title="{escape(title, quote=True)}"><b>{number}</b><i>{word}'
        f"{f'<em class=wn-more> {escape(more)}</em>' if more else ''}</i></span>"
        for number, word, more, title in cells
    )
    return f'<div class="wn-strip-line" role="status" aria-label="Where you stand">{spans}</div>'


def _many(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _accuracy(reached: Stage) -> tuple[str, str, str, str]:
    if reached.accuracy is None:
        if reached.audited < LEAST:
            title = f"Known from {LEAST} random images with a label; {reached.audited} so far."
        else:
            title = "Worked out when the predictions are learned: open Label, Metrics or Export."
        return "–", "accuracy", "", title
    value, low, high = reached.accuracy
    between = f"({low:.0%}–{high:.0%})"
    title = f"{value:.1%} {between} on {reached.audited:,} random images; 95 % interval."
    return f"{value:.0%}", "accuracy", between, title


def _exported(reached: Stage) -> tuple[str, str, str, str]:
    if reached.last is None:
        return "0", "exports", "", "Nothing of this question is exported yet."
    more = f"· {reached.since:,} {_many(reached.since, 'label')} since" if reached.since else ""
    title = f"The last: {reached.last.name}, {reached.last.date}"
    return f"{reached.exports:,}", _many(reached.exports, "export"), more, title
