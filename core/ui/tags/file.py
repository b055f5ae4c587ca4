"""The whole vocabulary file as text."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.ui.tags.state import CODE, ERROR


def show(project: Project) -> None:
    """The vocabulary file as text."""
    tagging, key = project.tagging(), "tags-text"
    st.html(CODE)
    st.session_state.setdefault("tags-text-base", tagging.text())
    st.session_state.setdefault(key, st.session_state["tags-text-base"])
    st.text_area(
        "vocabulary.yaml", key=key, height=560, persist_state="session",
        help="Classes, tags and rules as they are kept; comments stay.",
    )  # fmt: skip
    keep, drop, said = st.columns([2, 2, 6], vertical_alignment="center")
    keep.button(
        "Save", type="primary", key="tags-text-save", width="stretch", on_click=_keep_text,
        args=(project, key),
    )  # fmt: skip
    drop.button("Discard changes", key="tags-text-drop", width="stretch", on_click=_drop_text)
    if st.session_state[key] != tagging.text():
        said.caption("Not saved yet.")


def _keep_text(project: Project, key: str) -> None:
    tagging = project.tagging()
    try:
        if tagging.text() != st.session_state["tags-text-base"]:
            raise WinnowError(
                "The vocabulary was changed elsewhere since you began: copy your text, press "
                "“Discard changes”, then make your changes again."
            )
        tagging.save_text(st.session_state[key])
        _drop_text()
        st.toast("The vocabulary is saved.", icon=":material/check:")
    except WinnowError as error:
        st.session_state[ERROR] = str(error)


def _drop_text() -> None:
    for key in ("tags-text", "tags-text-base"):
        st.session_state.pop(key, None)
