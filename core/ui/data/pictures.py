"""The Data page's folders and pictures, also of files that were not read yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.images.names import shown
from core.project.project import Project
from core.services.data.folders import Node, inside, tree
from core.services.data.overview import FolderState
from core.ui.data import state
from core.ui.session import glimpses
from core.ui.widgets import mount, thumbs
from core.ui.widgets.text import plain

PER_PAGE = 24
MOST = 400  # folders that are listed


def section(project: Project, folder: FolderState) -> None:
    """Draw the tree of the folders with their counts, and the pictures of the one that is picked.

    Args:
        folder: what the last scan saw.
    """
    if not folder.files:
        return
    nodes, count = tree(folder.folders, MOST)
    st.subheader("Images")
    picked = ""
    if nodes:
        left, right = st.columns([2, 3])
        with left:
            picked = _tree(nodes, count)
        with right:
            _pictures(project, folder.paths, picked)
    else:
        _pictures(project, folder.paths, "")


def _tree(nodes: Sequence[Node], count: int) -> str:
    """Draw the folders; returns the path of the one that is picked, "" for none."""
    picked = mount.value(state.FOLDER, "picked")  # from a browser: it may have any form
    if isinstance(picked, bool) or not isinstance(picked, int) or not 0 <= picked < len(nodes):
        picked = None
    mount.element(Path(__file__).parent, "tree")(
        key=state.FOLDER, data={"folders": listed(nodes), "picked": picked},
        default={"picked": None}, on_picked_change=lambda: None,
    )  # fmt: skip
    more = f" The upper {len(nodes):,} of {count:,} folders." if count > len(nodes) else ""
    st.caption(f"Press a folder to see its images alone.{more}")
    return "" if picked is None else nodes[picked].path


def listed(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """The folders as the browser draws them; browser part: ``tree.js``."""
    return [{"name": shown(n.name), "level": n.level, "images": n.images} for n in nodes]


def _pictures(project: Project, paths: Sequence[str], folder: str) -> None:
    """One page of the pictures of a folder; of several folders each page shows some of all."""
    place = inside(paths, folder)
    pages = -(-len(place) // PER_PAGE)
    if st.session_state.get(state.SHOWN_FOLDER) != folder:
        st.session_state[state.SHOWN_FOLDER] = folder
        st.session_state.pop(state.PAGE, None)
    page = min(int(st.session_state.get(state.PAGE, 1)), max(pages, 1))
    # Every so many: the images of one folder look alike, and stand side by side.
    some = [paths[row] for row in place[page - 1 :: max(pages, 1)]]
    name = f"{plain(shown(folder))}: " if folder else ""
    st.caption(f"{name}{len(place):,} images, {len(some):,} of them here.")
    rows = project.pool().rows_by_path
    ids = project.pool().ids
    names = [ids[rows[path]] if path in rows else glimpses.token_of(project, path) for path in some]
    thumbs.show(project.key, names, titles=[shown(path) for path in some], size=84)
    if pages > 1:
        st.pagination(pages, key=state.PAGE)
