"""Yes and no for one tag, on pictures beside its borders. Browser part: ``tags.js``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.project.snapshot import Snapshot
from core.services.tags import views
from core.services.tags.tagged import Tagged
from core.store.labels.answers import TagLabels
from core.store.labels.base import TagEvent
from core.tags.scores import ACCEPTED, BANDS, REJECTED, TENTATIVE
from core.tags.vocabulary import Tag
from core.ui.session import session, trouble
from core.ui.shared import answer_log
from core.ui.shared.answer_log import Entry, Taken
from core.ui.tags import state
from core.ui.tags.looks import COLOURS
from core.ui.widgets import mount, thumbs
from core.ui.widgets.text import plain

BORDERS, BEST, RANDOM = "On the borders", "Best first", "Drawn at random"
LOOKS = {BORDERS: 10, BEST: 48, RANDOM: 48}
"""Ways to choose the pictures shown, and how many of each kind."""
_HERE = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class _Group:
    title: str
    help: str
    band: str
    rows: np.ndarray
    none: str


def take(store: TagLabels) -> Taken:
    """Store the answers that the element sent: on disk before they are acknowledged."""

    def put(client: str, by: str, sent: Sequence[Entry]) -> None:
        events = [event for event in map(_event, sent) if event is not None]
        if batch := store.record(client, events, by, "tags page"):
            stroke = [event for event in events if event.batch == events[-1].batch]
            st.session_state[state.ANSWERS_BATCH] = (batch, len(stroke), stroke[-1].tag)

    return answer_log.take(state.PICTURES, put)


def _event(entry: Entry) -> TagEvent | None:
    """What an entry says of a tag; None for what says neither yes, no nor nothing."""
    tag, value, batch = entry.get("tag"), entry.get("value", 0), entry.get("batch")
    number = batch is None or (isinstance(batch, int) and not isinstance(batch, bool))
    if not answer_log.is_text(tag) or not (value is None or isinstance(value, bool)) or not number:
        return None
    return TagEvent(entry["id"], str(tag), value, entry["seq"], batch or entry["seq"])


def undo_button(place: Any) -> None:
    """The step back from the last answers of this session."""
    batch, count, code = st.session_state.get(state.ANSWERS_BATCH, (None, 0, ""))

    @trouble.careful
    def undo() -> None:
        session.require_project().tag_labels.undo(batch, session.annotator())
        st.session_state.pop(state.ANSWERS_BATCH, None)

    place.button(
        "Undo answer" if count <= 1 else f"Undo {count} answers", key="tags-undo-answers",
        on_click=undo, disabled=batch is None, icon=":material/undo:", width="stretch",
        help=f"Take back what you said last of {plain(code)}." if batch else None,
    )  # fmt: skip


def draw(snapshot: Snapshot, tagged: Tagged, code: str, taken: Taken) -> None:
    """Draw the pictures of a tag; they stay in place while they are answered.

    Args:
        taken: what became of the answers given to the pictures before.
    """
    answerable = isinstance(tagged.tags[code], Tag)
    looks = st.columns([5, 2, 2], vertical_alignment="bottom")
    look = looks[0].segmented_control(
        "Pictures", list(LOOKS), default=BORDERS, required=True, key="tags-look",
        label_visibility="collapsed",
        help="Borders teach the tag most. Those drawn at random from what is not rejected are a "
        "fair sample, which a threshold by precision needs.",
    )  # fmt: skip
    looks[1].button(
        "Next pictures", key="tags-next", on_click=_turn, icon=":material/refresh:",
        width="stretch", help="Others, without the answered ones, beside the borders as they are.",
    )  # fmt: skip
    if answerable:
        undo_button(looks[2])
    rows = _pictures(snapshot.key, tagged, code, look)
    # From the store: the scores may not know the newest answers yet.
    values = session.require_project().tag_labels.current().get(code, {})
    shown = [item["id"] for line in rows for group in line for item in group["items"]]
    mount.element(_HERE, "tags")(
        key=state.PICTURES,
        data=answer_log.data(taken)
        | {
            "tag": code,
            "answerable": answerable,
            "rows": rows,
            "values": {i: values[i] for i in shown if i in values},
        },
        default={"log": None},
        on_log_change=lambda: None,
    )


def _turn() -> None:
    st.session_state[state.TURN] = st.session_state.get(state.TURN, 0) + 1


def _pictures(key: str, tagged: Tagged, code: str, look: str) -> list[list[dict[str, Any]]]:
    """The groups of pictures, line by line; taken anew only when something else is looked at."""
    turn = st.session_state.get(state.TURN, 0)
    subject = (key, tagged.pool.version, tagged.version, code, look, turn)
    shown = st.session_state.get(state.SHOWN)
    if shown is None or shown[0] != subject:
        groups = _groups(tagged, code, look, turn)
        rows = [[_drawn(key, tagged, code, group) for group in line] for line in groups]
        st.session_state[state.SHOWN] = shown = (subject, rows)
    return shown[1]


def _groups(tagged: Tagged, code: str, look: str, turn: int) -> list[list[_Group]]:
    column, size = tagged[code], LOOKS[look]
    free = column.human < 0
    if look == BEST:
        rows = views.ranking(tagged, code, len(free))
        best = rows[free[rows]][:size]
        return [[_Group("Most confident without an answer", "", "accepted", best, "None left.")]]
    if look == RANDOM:
        rows = np.flatnonzero(free & (column.bands != REJECTED))
        rows = np.random.default_rng(turn).permutation(rows)[:size]
        title = "Drawn at random from accepted and tentative"
        return [[_Group(title, "", "accepted", rows, "None left.")]]
    result, seen = [], np.zeros(len(free), dtype=bool)
    borders: tuple[tuple[views.Border, int, int], ...] = (
        ("accept", ACCEPTED, TENTATIVE),
        ("reject", TENTATIVE, REJECTED),
    )
    for border, high, low in borders:
        strips = views.strips(tagged, code, border, size)
        below = strips.below[column.bands[strips.below] == low]
        # A narrow band would show the same images at both its borders.
        above = strips.above[(column.bands[strips.above] == high) & ~seen[strips.above]]
        seen[below] = True
        result.append(
            [
                _Group(
                    f"{BANDS[band].capitalize()}, {where}",
                    "Nearest to the border first; only images without an answer.",
                    BANDS[band],
                    rows,
                    f"No image without an answer is {BANDS[band]} here.",
                )
                for where, band, rows in (
                    (f"nearly {BANDS[high]}", low, below),
                    ("but barely", high, above),
                )
            ]
        )
    return result


def _drawn(key: str, tagged: Tagged, code: str, group: _Group) -> dict[str, Any]:
    ids, confidence = tagged.pool.ids, tagged[code].confidence
    items = [
        {
            "id": ids[row],
            "path": tagged.pool.files[row][0].path,
            "picture": thumbs.url(key, ids[row]),
            "large": thumbs.url(key, ids[row], "picture"),
            "caption": f"{min(confidence[row], 0.999):.3f}"[1:],  # there is little room
        }
        for row in group.rows.tolist()
    ]
    return {
        "title": group.title,
        "help": group.help,
        "colour": COLOURS[group.band],
        "none": group.none,
        "items": items,
    }
