"""What becomes of the picture: a label, and a place in the collection where it has none yet."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.embedding.run import embed
from core.images.names import shown
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.try_one import adding
from core.store.people.gate import doing
from core.store.people.roles import IMPORT
from core.ui.session import host, session, tasks, trouble
from core.ui.shared import label_bar
from core.ui.try_one import state
from core.ui.try_one.held import Held
from core.ui.widgets.text import plain


def section(snapshot: Snapshot, held: Held) -> None:
    """Draw the field for the class and the button."""
    there = held.picture.row is not None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "What it is", snapshot.names, index=None, key=state.CLASS, format_func=plain,
            placeholder="Class",
        )  # fmt: skip
        st.button(
            "Label it" if there else "Add it with this label", key="try-add", disabled=name is None,
            icon=":material/label:" if there else ":material/add_photo_alternate:",
            on_click=trouble.careful(_add), args=(held, name),
        )  # fmt: skip
    if not there:
        folder = shown(snapshot.workspace.images / adding.FOLDER)
        st.caption(plain(f"Copies it into {folder}; nothing that lies there is changed."))
    label_bar.undo_row(state.PLACE)
    task = tasks.task(tasks.EMBED, snapshot.workspace.collection.key)
    if task is not None and task.running:
        session.follow(lambda: not task.running, 1.0)
        st.caption("The folder is being read; the picture counts in a moment.")


def _add(held: Held, name: str) -> None:
    project = session.require_project()
    text = f"{plain(held.picture.name)} labeled {plain(name)}; saved."
    if held.picture.row is None:
        with doing(project.workspace.root, IMPORT, f"the picture {held.picture.name}"):
            copy = adding.copy_in(project.workspace.images, held.data, held.picture.name)
        text = f"{plain(_inside(project, copy))} added and labeled {plain(name)}; saved."
    batch = adding.label(project.labels, held.picture.id, name, session.annotator())
    label_bar.remember(state.PLACE, batch, text)
    if held.picture.row is None:
        _read(project)


def _inside(project: Project, copy: Path) -> str:
    return shown(copy.relative_to(project.workspace.images))


def _read(project: Project) -> None:
    """Embed what is new in the folder."""
    active = project.workspace.encoder
    assert active is not None  # the page is closed without

    def work(report: Report) -> object:
        encoder = host.shared.encoder(active.spec, report)
        result = embed(project.workspace, encoder, report)
        project.use(encoder)
        return result

    tasks.start(tasks.EMBED, project.workspace.collection.key, "Embedding", work)
