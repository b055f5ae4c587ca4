"""What is done to the classes as a whole: added, taken back, put in order, loaded, downloaded."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.prompts import writing
from core.services.prompts.undoing import can_undo
from core.ui.prompts import editing, state

State = tuple[bool, bool, str | None]
"""What the tools depend on, see ``state_of``."""


def state_of(file: VocabularyFile, snapshot: Snapshot) -> State:
    """Whether there is something to take back and to put in order, and the class for the rest."""
    return can_undo(file), len(snapshot.names) > 2, snapshot.classes.none


def show(file: VocabularyFile, snapshot: Snapshot) -> State:
    """Draw the row of tools; returns what they are drawn for."""
    now = state_of(file, snapshot)
    undoable, sortable, _ = now
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Add classes", key=state.NEW, placeholder="packaged, unpackaged",
            on_change=editing.add,
            help="Names with commas between them, or a list pasted from a table; each starts with "
            "prompts that you can change.",
        )  # fmt: skip
        st.button(
            "Undo", icon=":material/undo:", key="prompts-undo", disabled=not undoable,
            help="Back to the version before the last change, labels too. Press again to go "
            "further back.",
            on_click=editing.undo,
        )  # fmt: skip
        if sortable:
            _order()
        with st.popover("Load", icon=":material/upload:", key="prompts-load"):
            st.file_uploader(
                "prompts.yaml", ["yaml", "yml"], key=state.FILE, on_change=editing.load,
                max_upload_size=4,
            )  # fmt: skip
        st.download_button(
            "Download", lambda: writing.dump(file.classes()), "prompts.yaml",
            icon=":material/download:", key="prompts-save", on_click="ignore",
            help="Download the classes as prompts.yaml.",
        )  # fmt: skip
    return now


def _order() -> None:
    with st.popover("Order", icon=":material/sort:", key="prompts-order"):
        st.caption("The order of the classes everywhere: on Label, in figures and in exports.")
        st.button("By name", key="order-name", on_click=editing.order, args=("name",))
        st.button(
            "By images, most first", key="order-count", on_click=editing.order, args=("count",)
        )
