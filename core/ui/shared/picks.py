"""Selected images, of which single ones can be left out. Browser part: ``picks.js``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.ui.widgets import mount, thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour

PER_PAGE = 120
_HERE = Path(__file__).parent


def left_out(key: str, ids: list[str]) -> set[str]:
    """Images of a selection that were pressed to be left out, on any page of it.

    Args:
        key: names the selection, see ``grid``.
        ids: the whole selection.
    """
    out: set[str] = st.session_state.setdefault(_part(key, "out"), set())
    message = mount.value(_part(key, "grid"), "out")
    if isinstance(message, dict) and isinstance(message.get("ids"), list):
        page = st.session_state.get(_part(key, "shown"), {}).get(message.get("page"), [])
        out = (out - set(page)) | (set(page) & {str(i) for i in message["ids"]})
        st.session_state[_part(key, "out")] = out
    return out & set(ids)


def forget(key: str) -> None:
    """Start a selection with nothing left out, on its first page."""
    for name in ("out", "grid", "shown", "page"):
        st.session_state.pop(_part(key, name), None)


def grid(key: str, snapshot: Snapshot, predictions: Predictions | None, ids: list[str]) -> None:
    """Draw a page of the selection ``ids``; without predictions with the files' names.

    Args:
        key: names the selection; all that the session keeps of it has a key that begins so.
    """
    pages = -(-len(ids) // PER_PAGE)
    page = st.pagination(pages, key=_part(key, "page")) if pages > 1 else 1
    shown = ids[(page - 1) * PER_PAGE : page * PER_PAGE]
    name = f"{page}-{shown[0]}-{len(ids)}"
    st.session_state[_part(key, "shown")] = {name: shown}
    mount.element(_HERE, "picks")(
        key=_part(key, "grid"),
        data={
            "page": name,
            "items": [_item(snapshot, predictions, image_id) for image_id in shown],
            "out": sorted(left_out(key, shown)),
        },
        default={"out": None},
        on_out_change=lambda: None,
    )


def _part(key: str, name: str) -> str:
    """The key of the session state for one thing that it keeps of a selection."""
    return f"{key}-{name}"


def _item(snapshot: Snapshot, predictions: Predictions | None, image_id: str) -> dict[str, str]:
    row = snapshot.pool.rows[image_id]
    path = snapshot.pool.paths[row]
    caption, colour = Path(path).name, NEUTRAL
    if predictions is not None:
        decided = int(predictions.assigned[row])
        sure = predictions.probabilities[row, decided]
        decided_by = f"{sure:.0%}"
        if predictions.human[row] >= 0:
            decided_by = "labeled"
        elif snapshot.nodes[row] >= 0:
            decided_by += ", group labeled"
        caption, colour = f"{predictions.names[decided]} {decided_by}", class_colour(decided)
    return {
        "id": image_id,
        "path": path,
        "picture": thumbs.url(snapshot.key, image_id),
        "large": thumbs.url(snapshot.key, image_id, "picture"),
        "caption": caption,
        "colour": colour,
    }
