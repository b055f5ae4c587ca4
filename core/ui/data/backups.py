"""The Data page's list of backups: look what one would change, and put it back."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.restoring import preview, restore
from core.store.backups.listing import Backup, backups_of, pick
from core.ui.data import state
from core.ui.session import session
from core.ui.widgets import folded, presses
from core.ui.widgets.text import plain


def section() -> None:
    """List the backups; the one that is picked can be put back."""
    project = session.require_project()
    backups = backups_of(project.workspace.home)
    if done := st.session_state.pop(state.RESTORED, None):
        (st.success if done[0] else st.error)(plain(done[1]))
    if not backups:
        return
    title = f"Backups of labels and classes: {len(backups)}"
    part = folded.part(title, state.BACKUPS)
    if part is not None:
        with part:
            _list(project, backups)


def _list(project: Project, backups: list[Backup]) -> None:
    st.caption(
        "Taken before every change of many labels or classes, and every hour of work. The ten "
        "that are kept are spread from the last minutes back to the first days."
    )
    names = {backup.name: _line(backup) for backup in backups}
    name = st.selectbox(
        "Put back", list(names), index=None, format_func=names.__getitem__,
        key=state.WHICH, placeholder="Choose a backup to see what would change",
    )  # fmt: skip
    if name:
        _choice(project, name)


def _line(backup: Backup) -> str:
    return f"{backup.when} — {backup.labels:,} labeled images — {backup.why}"


def _choice(project: Project, name: str) -> None:
    only = st.toggle("Labels only, classes and tags stay as they are", key="restore-labels-only")
    try:
        made = preview(project.workspace, pick(project.workspace.home, name), only)
    except WinnowError as error:
        st.error(plain(error))
        return
    st.markdown(plain(made.changes.as_text()))
    presses.button(
        "Put this backup back", "restore", (state.WHICH, "restore-labels-only"), _restore,
        (name, only), disabled=made.changes.nothing,
        help="The state of now becomes a backup first, so this can be taken back.",
    )  # fmt: skip


def _restore(name: str, labels_only: bool) -> None:
    project = session.require_project()
    try:
        backup = pick(project.workspace.home, name)
        made = restore(project.workspace, project.vocabulary_file, backup, labels_only)
    except WinnowError as error:
        st.session_state[state.RESTORED] = (False, str(error))
        return
    text = f"The backup of {backup.when} is put back. {made.changes.as_text()}"
    if made.before is not None:
        text += f" The state before is the backup of {made.before.when}."
    st.session_state[state.RESTORED] = (True, text)
    st.session_state.pop(state.WHICH, None)
