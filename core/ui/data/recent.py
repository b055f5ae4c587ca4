"""The Data page's list of what was worked on before, with those whose folders are gone."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.images.sources import places
from core.runtime.errors import WinnowError
from core.store.moved import folder_is_gone
from core.store.workspace import Workspace, known_workspaces, unlist
from core.ui.data import state
from core.ui.session import session
from core.ui.widgets import folded
from core.ui.widgets.text import plain

MOST = 100  # workspaces in the list
MOST_GONE = 20  # of them, whose folders are gone, that are drawn


def section() -> None:
    """Offer what is there; what is gone is said to be, and can be looked for or taken out."""
    recent = known_workspaces()[:MOST]
    gone = [each for each in recent if folder_is_gone(each)]
    roots = {str(each.root): _line(each) for each in recent if each not in gone}
    if roots:
        root = st.selectbox(
            "Recent", list(roots), index=None, format_func=roots.__getitem__, key="recent",
            placeholder="Open a folder you worked on before",
        )  # fmt: skip
        if root:
            _switch(Path(root))
    if not gone:
        return
    are = "folder is" if len(gone) == 1 else "folders are"
    part = folded.part(f"{len(gone)} recent {are} not found", state.GONE, not roots)
    if part is not None:
        with part:
            st.caption(
                "They were moved, renamed or deleted, or their drive is not connected. Labels, "
                "vectors and prompts are still here: open one to say where its images are now, or "
                "open the moved folder by its new path."
            )
            for each in gone[:MOST_GONE]:
                _gone(each)


def _gone(workspace: Workspace) -> None:
    name = workspace.root.name
    line, find, remove = st.columns([6, 1, 1], vertical_alignment="center")
    line.markdown(f":gray[{plain(_line(workspace))} — not found]")
    if find.button("Open", key=f"recent-open-{name}", width="stretch"):
        _switch(workspace.root)
    remove.button(
        "Remove", key=f"recent-remove-{name}", width="stretch", on_click=_remove,
        args=(workspace.root,),
        help="Takes it out of this list. Nothing is deleted: opening its folder finds it again.",
    )  # fmt: skip


def _line(workspace: Workspace) -> str:
    return f"{shown(workspace.images.name)} — {shown(places.title(workspace.images))}"


def _switch(root: Path) -> None:
    try:
        session.switch_to(root)
    except WinnowError as error:
        st.error(plain(error))
        return
    st.rerun()


def _remove(root: Path) -> None:
    try:
        unlist(root)
    except WinnowError as error:
        st.error(plain(error))
