"""The Data page's questions about folders that were moved, asked before anything is pointed anew.

A folder that is opened may hold the images of a workspace whose folder is gone; and a workspace
that is opened may have lost its folder.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.store.moved import Match, compared, is_gone, is_rearranged, moved_workspaces
from core.store.workspace import Workspace, check_images, is_workspace, point_to, root_of
from core.ui.data import state
from core.ui.data.tasks import SCAN
from core.ui.session import session, tasks, trouble
from core.ui.widgets.text import plain

MOST = 3  # workspaces that are offered for one folder


def ask(folder: Path) -> bool:
    """Whether a folder without a workspace may be one that was moved; then the page will ask.

    Raises:
        WinnowError: there is no such folder.
    """
    images = check_images(folder)
    if is_workspace(root_of(images)):
        return False
    matches = moved_workspaces(images)[:MOST]
    if matches:
        st.session_state[state.MOVED] = (images, matches)
    return bool(matches)


def question() -> bool:
    """Draw the question that `ask` found; returns whether there is one."""
    if state.MOVED not in st.session_state:
        return False
    images, matches = st.session_state[state.MOVED]
    with st.container(border=True):
        st.markdown(f"**`{_code(images)}` seems to be a folder that was moved.**")
        for number, match in enumerate(matches):
            _offer(images, match, number)
        anew, cancel = st.columns(2)
        anew.button(
            "Begin anew with these images", key="moved-anew", width="stretch",
            on_click=_begin_anew, args=(images,),
        )  # fmt: skip
        cancel.button("Cancel", key="moved-cancel", width="stretch", on_click=_forget)
    return True


def _offer(images: Path, match: Match, number: int) -> None:
    where = "at the same places" if match.same_paths else "under other names"
    st.markdown(
        f"It holds the images that were in `{_code(match.workspace.images)}`, which is gone: "
        f"{match.there} of {match.looked} files compared are there, {where}."
    )
    st.button(
        "Go on with the work on them", key=f"moved-go-{number}",
        on_click=_go_on, args=(match.workspace, images),
        help="Labels, vectors, prompts and captions belong to the images and are all there.",
    )  # fmt: skip


def _go_on(workspace: Workspace, images: Path) -> None:
    _forget()
    try:
        point_to(workspace, images)
        tasks.forget(SCAN, workspace.collection.key)
        session.switch_to(workspace.root)
    except WinnowError as error:
        st.session_state[state.OPEN_ERROR] = str(error)


def _begin_anew(images: Path) -> None:
    _forget()
    try:
        session.open_folder(str(images))
    except WinnowError as error:
        st.session_state[state.OPEN_ERROR] = str(error)


def _forget() -> None:
    st.session_state.pop(state.MOVED, None)


def missing(workspace: Workspace) -> bool:
    """Ask where the images are when the folder of an open workspace is gone; whether it is."""
    if not is_gone(workspace):
        return False
    if is_rearranged(workspace):
        st.info(
            "The images lie below other names here than when they were read. **Embed once more** "
            "to find them again: labels and vectors belong to the images, and nothing is computed "
            "twice."
        )
        return False
    if st.session_state.get(state.INSISTED) == workspace:
        st.info("None of the images that were read before lie here. **Embed** to read these.")
        return False
    st.warning(
        f"The images are no longer in {plain(shown(workspace.images))}: the folder was moved, "
        "renamed or deleted, or its drive is not connected. Labels, prompts and vectors are here."
    )
    with st.form("moved-to", border=False):
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        typed = left.text_input(
            "Where are they now?", placeholder="/path/to/the/moved/folder", key="moved-path"
        )
        if right.form_submit_button("Use it", width="stretch"):
            _take(workspace, typed)
    if wanted := st.session_state.get(state.UNLIKE):
        st.button(
            "Use it all the same", key="moved-unlike", on_click=trouble.careful(_insist),
            args=(workspace, wanted),
            help="For a folder with other images: labels stay with the images they belong to.",
        )  # fmt: skip
    return True


def _take(workspace: Workspace, typed: str) -> None:
    st.session_state.pop(state.UNLIKE, None)
    folder = typed_path(typed)
    if folder == Path():
        st.error("Name a folder first.")
        return
    try:
        images = check_images(folder)
    except WinnowError as error:
        st.error(plain(error))
        return
    match = compared(workspace, images)
    if not match.enough and match.looked:
        st.session_state[state.UNLIKE] = images
        st.error(
            f"{plain(shown(images))} holds {match.there} of the {match.looked} files that were "
            "looked for: check that it is the right folder."
        )
        return
    _point(workspace, images)
    st.rerun()


def _point(workspace: Workspace, images: Path) -> Workspace:
    st.session_state.pop(state.UNLIKE, None)
    tasks.forget(SCAN, workspace.collection.key)
    return point_to(workspace, images)


def _insist(workspace: Workspace, images: Path) -> None:
    st.session_state[state.INSISTED] = _point(workspace, images)


def _code(path: Path) -> str:
    return shown(path).replace("`", "")
