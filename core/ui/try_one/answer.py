"""The answer: what the picture and its words are taken for, and what speaks for that.

One block of HTML: with an element each, the browser would be busy with them for longer than the
answer takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.services.try_one.trial import Like, Trial
from core.ui.try_one import bars, state, tagging
from core.ui.widgets import thumbs
from core.ui.widgets.colours import class_colour
from core.ui.widgets.text import plain

_LONGEST = 160  # characters of a text that are shown
STYLE = """<style>
.wt-head{font-size:22px;font-weight:600;margin:0 0 8px}
.wt-said{font-size:14px;opacity:.85;margin:0 0 8px}
.wt-why{font-size:15px;font-weight:600;margin:18px 0 6px}
.wt-list{margin:0;padding-left:18px;font-size:14px;line-height:1.6;overflow-wrap:anywhere}
.wt-pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:0 24px}
</style>"""


def draw(snapshot: Snapshot, trial: Trial) -> None:
    """Draw all of it."""
    count = len(snapshot.names)
    every = count > bars.FIRST and st.toggle(f"All {count} classes", key=state.EVERY)
    st.html(
        thumbs.STYLE
        + STYLE
        + _top(snapshot, trial)
        + _bars(snapshot, trial, count if every else bars.FIRST)
        + _why(snapshot, trial)
        + _tags(snapshot, trial, bool(every))
    )
    if trial.note:
        st.info(plain(trial.note))
        st.page_link(
            "../../../pages/prompts.py", label="Choose columns that count: Prompts, Words",
            icon=":material/arrow_forward:",
        )  # fmt: skip


def head(names: Sequence[str], probabilities: np.ndarray, line: str) -> str:
    """The best class with its probability, and a line of HTML below it."""
    best = int(probabilities.argmax())
    return (
        f'<h3 class="wt-head">{safe(names[best])} · {probabilities[best]:.0%}</h3>'
        f'<p class="wt-said">{line}</p>'
    )


def listed(title: str, lines: Sequence[str]) -> str:
    """Lines of HTML below a title; nothing without any."""
    if not lines:
        return ""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section><h4 class="wt-why">{title}</h4><ul class="wt-list">{items}</ul></section>'


def _top(snapshot: Snapshot, trial: Trial) -> str:
    row, where = trial.looked.seen.row, ""
    if row is not None:
        node = int(snapshot.nodes[row])
        people = f"; people say it is {safe(snapshot.tree.names[node])}" if node >= 0 else ""
        where = f"It is {safe(snapshot.pool.paths[row])} of this collection{people}."
    return head(snapshot.names, trial.probabilities, where)


def _bars(snapshot: Snapshot, trial: Trial, places: int) -> str:
    columns = [("All together", trial.probabilities)]
    if trial.text_only is not None:
        columns += [("Picture alone", trial.looked.image_only), ("Words alone", trial.text_only)]
    return bars.markup(snapshot.names, columns, places)


def _why(snapshot: Snapshot, trial: Trial) -> str:
    pictures = '<p class="wt-said">No image is labeled yet: prompts alone decide.</p>'
    if trial.looked.pictures:
        pictures = _pictures(snapshot, trial.looked.pictures)
    parts = [
        f'<h4 class="wt-why">Labeled images that look like it</h4>{pictures}',
        _list("Labeled images with such words", trial.texts),
        '<div class="wt-pair">',
        _list("Prompts nearest to the picture", trial.looked.prompts),
        _list("Prompts nearest to the words", trial.text_prompts),
        "</div>",
    ]
    return "".join(parts)


def _tags(snapshot: Snapshot, trial: Trial, every: bool) -> str:
    """The tags of the collection, the surest first."""
    answers = tagging.answers(snapshot, trial.looked.seen)
    places = len(answers) if every else bars.FIRST
    return listed("Tags", [safe(line) for line in tagging.lines(answers, places)])


def _pictures(snapshot: Snapshot, alike: list[Like]) -> str:
    pool, names = snapshot.pool, snapshot.names
    return thumbs.markup(
        snapshot.key,
        [pool.ids[like.row] for like in alike],
        [f"{shown(like.name)} {like.score:.2f}" for like in alike],
        [pool.paths[like.row] for like in alike],
        [class_colour(names.index(like.name)) for like in alike],
        size=96,
        strip=True,
    )


def _list(title: str, alike: list[Like]) -> str:
    return listed(
        title,
        [
            f"“{safe(like.text[:_LONGEST])}” · {safe(like.name)} · {like.score:.2f}"
            for like in alike
        ],
    )


def safe(text: str) -> str:
    """Text of others as HTML."""
    return escape(shown(text))
