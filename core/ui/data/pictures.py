"""The Data page's folders and pictures, also of files that were not read yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.project.project import Project
from core.services.data.folders import Node, inside, tree
from core.services.data.overview import FolderState
from core.ui.data import state
from core.ui.session import glimpses
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

PER_PAGE = 24
MOST = 400  # folders that are listed
_STEP = "\u2003"  # for each level of the tree: as wide as a letter, and not cut off


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
    table = pd.DataFrame(
        [(_STEP * (node.level - 1) + shown(node.name), node.images) for node in nodes],
        columns=["folder", "images"],
    )
    columns = {
        "folder": st.column_config.TextColumn(width="medium"),
        "images": st.column_config.NumberColumn(format="localized", width="small"),
    }
    event: Any = st.dataframe(
        table, hide_index=True, width="stretch", key=state.FOLDER, column_config=columns,
        on_select="rerun", selection_mode="single-row", height=min(36 * (len(nodes) + 1), 430),
    )  # fmt: skip
    more = f" The upper {len(nodes):,} of {count:,} folders." if count > len(nodes) else ""
    st.caption(f"Mark a folder to see its images alone.{more}")
    rows = event["selection"]["rows"]
    return nodes[rows[0]].path if rows and rows[0] < len(nodes) else ""


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
