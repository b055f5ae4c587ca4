"""The whole vocabulary file as text."""

from __future__ import annotations

import streamlit as st

from core.runtime.errors import WinnowError
from core.ui.session import session, trouble
from core.ui.tags import state
from core.ui.tags.looks import CODE


def show() -> None:
    """The vocabulary file as text."""
    file, key = session.require_project().tag_file, state.FILE_TEXT
    st.html(CODE)
    st.session_state.setdefault(state.FILE_BASE, file.text())
    st.session_state.setdefault(key, st.session_state[state.FILE_BASE])
    st.text_area(
        "vocabulary.yaml", key=key, height=560, persist_state="session",
        help="Classes, tags and rules as they are kept; comments stay.",
    )  # fmt: skip
    keep, drop, note = st.columns([2, 2, 6], vertical_alignment="center")
    keep.button(
        "Save", key="tags-text-save", width="stretch", on_click=_keep_text,
        args=(key,),
    )  # fmt: skip
    drop.button("Discard changes", key="tags-text-drop", width="stretch", on_click=_drop_text)
    if st.session_state[key] != file.text():
        note.caption("Not saved yet.")


@trouble.careful
def _keep_text(key: str) -> None:
    file = session.require_project().tag_file
    if file.text() != st.session_state[state.FILE_BASE]:
        raise WinnowError(
            "The vocabulary was changed elsewhere since you began: copy your text, press "
            "“Discard changes”, then make your changes again."
        )
    file.save_text(st.session_state[key])
    _drop_text()
    st.toast("The vocabulary is saved.", icon=":material/check:")


def _drop_text() -> None:
    for key in (state.FILE_TEXT, state.FILE_BASE):
        st.session_state.pop(key, None)
