"""The Data page's ways in: a folder, an archive, files dropped into the browser, recent work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.runtime import inputs
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.runtime.typed import typed_path
from core.services.data.stage import Step
from core.ui.data import moved, naming, recent, state
from core.ui.session import session, tasks
from core.ui.shared import progress, strip
from core.ui.widgets.text import plain

_TASK = "opening"
_KINDS = [
    *("zip", "tar", "gz", "tgz", "bz2", "xz", "csv", "yaml", "yml", "jpg", "jpeg", "png", "webp"),
    *("gif", "bmp", "tif", "tiff", "avif", "heic"),
]


def begun() -> bool:
    """Whether something is being opened, or a question about it waits for its answer."""
    waiting = (state.MOVED, state.NAMES, state.OPEN_ERROR)
    return tasks.task(_TASK, session.name()) is not None or any(
        key in st.session_state for key in waiting
    )


def section() -> None:
    """Draw the ways in; what is opened becomes this session's project."""
    if error := st.session_state.pop(state.OPEN_ERROR, None):
        st.error(plain(error))
    if _continue() or naming.question(_start) or moved.question():
        return
    with st.form("open", border=False):
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        folder = left.text_input(
            "Image folder or archive", placeholder="/path/to/photos or /path/to/photos.zip",
            key="open-folder",
            help="ZIP and TAR archives are unpacked into Winnow's own folder. An address will do, "
            "too, such as s3://BUCKET/FOLDER.",
        )  # fmt: skip
        if right.form_submit_button("Open", type=strip.look(Step.OPEN), width="stretch"):
            _open(folder)
    dropped = st.file_uploader(
        "Or drop a ZIP or TAR archive, or pictures", type=_KINDS, accept_multiple_files=True,
        key="open-drop",
    )  # fmt: skip
    if dropped and st.button(f"Use {_count(len(dropped))}", key="open-dropped"):
        files = [(file.name, file) for file in dropped]
        _start(naming.opening_uploads(files))
        st.rerun()
    recent.section()


def _open(typed: str) -> None:
    folder = typed_path(typed)
    if folder == Path():
        st.error("Name a folder first.")
        return
    if inputs.is_file(folder):
        _start(naming.opening_path(folder))
        st.rerun()
    try:
        if not moved.ask(folder):
            session.open_folder(str(folder))
        st.rerun()
    except WinnowError as error:
        st.error(plain(error))


def _start(work: Callable[[Report], object]) -> Task:
    """Start what gives a folder to open; one at a time in a browser session."""
    return tasks.start(_TASK, session.name(), "Unpacking", work)


def _continue() -> bool:
    """Show what is being unpacked, and open it when it is done."""
    task = tasks.task(_TASK, session.name())
    if task is None:
        return False
    if task.running:
        progress.watch(task)
        return True
    tasks.forget(_TASK, session.name())
    if task.result is None:
        st.error(plain(task.status.error or "Stopped; nothing of the archive was kept."))
        return False
    if isinstance(task.result, naming.Unsure):
        naming.ask(task.result)
        st.rerun()
    try:
        session.open_folder(str(task.result))
        st.rerun()
    except WinnowError as error:
        st.error(plain(error))
    return False


def _count(files: int) -> str:
    return "this file" if files == 1 else f"these {files:,} files"
