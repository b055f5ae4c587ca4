"""Yes and no for one tag, on pictures beside its borders. Browser part: ``tags.js``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.images.hash import is_image_id
from core.project.project import Project
from core.services.tags import views
from core.services.tags.tagging import Tagged
from core.store.labels.tags import TagEvent
from core.tags.scores import ACCEPTED, BANDS, REJECTED, TENTATIVE
from core.tags.vocabulary import Tag
from core.ui.session import session
from core.ui.widgets import thumbs
from core.ui.widgets.colours import NEUTRAL
from core.ui.widgets.text import plain

COLOURS = {"accepted": "#009E73", "tentative": "#E69F00", "rejected": NEUTRAL}
"""Of the bands, wherever they are shown; not told apart by red and green."""
BORDERS, BEST, RANDOM = "On the borders", "Best first", "Drawn at random"
LOOKS = {BORDERS: 10, BEST: 48, RANDOM: 48}
"""Ways to choose the pictures shown, and how many of each kind."""
_ELEMENT, _ACK, _BATCH, _SHOWN, _TURN = (
    "tags-pictures", "tags-ack", "tags-batch", "tags-shown", "tags-turn",
)  # fmt: skip
_HERE = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class _Group:
    title: str
    help: str
    band: str
    rows: np.ndarray
    none: str


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_tags",
        css=(_HERE / "tags.css").read_text("utf-8"),
        js=(_HERE / "tags.js").read_text("utf-8"),
        isolate_styles=False,
    )


def take(project: Project) -> None:
    """Store what the element said: on disk before it is acknowledged."""
    state = st.session_state.get(_ELEMENT)
    log = state["log"] if state and "log" in state else None
    ack = st.session_state.get(_ACK, 0)
    fresh = [entry for entry in log or [] if _valid(entry) and entry["seq"] > ack]
    if not fresh:
        return
    events = [TagEvent(entry["id"], entry["tag"], entry["value"]) for entry in fresh]
    batch = project.tagging().labels.add(
        events, session.annotator(), "tags page", f"{session.name()}-tags", fresh[0]["seq"]
    )
    st.session_state[_ACK] = fresh[-1]["seq"]
    st.session_state[_BATCH] = (batch, len(events), fresh[-1]["tag"])


def _valid(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("seq"), int)
        and isinstance(entry.get("tag"), str)
        and is_image_id(str(entry.get("id")))
        and entry.get("value", 0) in (True, False, None)
    )


def undo_button(project: Project, place: Any) -> None:
    """The step back from the last answers of this session."""
    batch, count, code = st.session_state.get(_BATCH, (None, 0, ""))

    def undo() -> None:
        project.tagging().labels.undo(batch, session.annotator())
        st.session_state.pop(_BATCH, None)

    place.button(
        "Undo answer" if count <= 1 else f"Undo {count} answers", key="tags-undo-answers",
        on_click=undo, disabled=batch is None, icon=":material/undo:", width="stretch",
        help=f"Take back what you said last of {plain(code)}." if batch else None,
    )  # fmt: skip


def draw(project: Project, tagged: Tagged, code: str) -> None:
    """Draw the pictures of a tag; they stay in place while they are answered."""
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
        undo_button(project, looks[2])
    rows = _kept(project, tagged, code, look)
    # From the store: the scores may not know the newest answers yet.
    said = project.tagging().labels.current().get(code, {})
    shown = [item["id"] for line in rows for group in line for item in group["items"]]
    _component()(
        key=_ELEMENT,
        data={
            "client": session.name(),
            "ack": st.session_state.get(_ACK, 0),
            "tag": code,
            "answerable": answerable,
            "rows": rows,
            "values": {i: said[i] for i in shown if i in said},
        },
        default={"log": None},
        on_log_change=lambda: None,
    )


def _turn() -> None:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _kept(project: Project, tagged: Tagged, code: str, look: str) -> list[list[dict[str, Any]]]:
    """The groups of pictures, line by line; chosen anew only when something else is looked at."""
    turn = st.session_state.get(_TURN, 0)
    subject = (project.key, tagged.pool.version, tagged.version, code, look, turn)
    kept = st.session_state.get(_SHOWN)
    if kept is None or kept[0] != subject:
        groups = _groups(tagged, code, look, turn)
        rows = [[_drawn(project, tagged, code, group) for group in line] for line in groups]
        st.session_state[_SHOWN] = kept = (subject, rows)
    return kept[1]


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
        found = views.strips(tagged, code, border, size)
        below = found.below[column.bands[found.below] == low]
        # A narrow band would show the same images at both its borders.
        above = found.above[(column.bands[found.above] == high) & ~seen[found.above]]
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


def _drawn(project: Project, tagged: Tagged, code: str, group: _Group) -> dict[str, Any]:
    ids, confidence = tagged.pool.ids, tagged[code].confidence
    items = [
        {
            "id": ids[row],
            "path": tagged.pool.files[row][0].path,
            "picture": thumbs.url(project, ids[row]),
            "large": thumbs.url(project, ids[row], "picture"),
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
