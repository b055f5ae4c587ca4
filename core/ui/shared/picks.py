"""Selected images: leave single ones out, give all others a class. Browser part: ``picks.js``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.project.pool import Pool
from core.project.project import Predictions, Project
from core.store.labels.sqlite import Event
from core.ui.session import session
from core.ui.widgets import thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain

PER_PAGE = 120
_HERE = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_picks",
        css=(_HERE / "picks.css").read_text("utf-8"),
        js=(_HERE / "picks.js").read_text("utf-8"),
        isolate_styles=False,
    )


def left_out(key: str, chosen: list[str]) -> set[str]:
    """Images of a selection that were pressed to be left out, on any page of it."""
    name = f"{key}-out"
    out: set[str] = st.session_state.setdefault(name, set())
    state = st.session_state.get(f"{key}-grid")
    said = state["out"] if state and "out" in state else None
    if isinstance(said, dict) and isinstance(said.get("ids"), list):
        page = st.session_state.get(f"{key}-shown", {}).get(said.get("page"), [])
        out = (out - set(page)) | (set(page) & {str(i) for i in said["ids"]})
        st.session_state[name] = out
    return out & set(chosen)


def forget(key: str) -> None:
    """Start a selection with nothing left out, on its first page."""
    for name in ("out", "grid", "shown", "page"):
        st.session_state.pop(f"{key}-{name}", None)


def grid(
    key: str, project: Project, pool: Pool, predictions: Predictions | None, chosen: list[str]
) -> None:
    """Draw a page of the selection; without predictions with the files' names."""
    pages = -(-len(chosen) // PER_PAGE)
    page = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    ids = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
    name = f"{page}-{ids[0]}-{len(chosen)}"
    st.session_state[f"{key}-shown"] = {name: ids}
    _component()(
        key=f"{key}-grid",
        data={
            "page": name,
            "items": [_item(project, pool, predictions, image_id) for image_id in ids],
            "out": sorted(left_out(key, ids)),
        },
        default={"out": None},
        on_out_change=lambda: None,
    )


def _item(
    project: Project, pool: Pool, predictions: Predictions | None, image_id: str
) -> dict[str, str]:
    row = pool.rows[image_id]
    path = pool.files[row][0].path
    caption, colour = Path(path).name, NEUTRAL
    if predictions is not None:
        decided = int(predictions.assigned[row])
        sure = predictions.probabilities[row, decided]
        said = "labeled" if predictions.human[row] >= 0 else f"{sure:.0%}"
        caption, colour = f"{predictions.names[decided]} {said}", class_colour(decided)
    return {
        "id": image_id,
        "path": path,
        "picture": thumbs.url(project, image_id),
        "large": thumbs.url(project, image_id, "picture"),
        "caption": caption,
        "colour": colour,
    }


def label_all(project: Project, ids: list[str], widget: str) -> None:
    """Give images the class chosen in a select box: on disk before anything is drawn."""
    name = st.session_state.get(widget)
    if name and ids:
        batch = project.labels.add([Event(i, name) for i in ids], session.annotator(), "map")
        st.session_state["map-batch"] = (batch, len(ids), name)
        st.toast(f"{len(ids):,} images labeled {plain(name)}; saved.", icon=":material/check:")


def undo_bar(project: Project) -> None:
    """Say what was labeled last, with the one step back."""
    if "map-batch" not in st.session_state:
        return
    _, count, name = st.session_state["map-batch"]

    def undo() -> None:
        batch = st.session_state.pop("map-batch")[0]
        project.labels.undo(batch, session.annotator())

    said, back = st.columns([5, 2], vertical_alignment="center")
    said.success(f"{count:,} images labeled {plain(name)}; saved.")
    back.button("Undo", key="map-undo", on_click=undo, width="stretch", icon=":material/undo:")
