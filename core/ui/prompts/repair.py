"""The Prompts page for a vocabulary file that cannot be used: what is wrong, and the ways out."""

from __future__ import annotations

import streamlit as st

from core.project.vocabulary_file import VocabularyFile
from core.runtime.errors import WinnowError
from core.services.prompts.repairing import last_version, repair_of
from core.ui.prompts import state
from core.ui.session import session, trouble
from core.ui.widgets.text import plain

_EDITABLE = 200_000  # characters that a text field takes without making the browser slow
_NAMED = 20


def needed() -> bool:
    """Whether the file cannot be used; then this says so and draws the ways out."""
    file = session.require_project().vocabulary_file
    try:
        file.classes()
    except WinnowError as error:
        _ways(file, error)
        return True
    return False


def _ways(file: VocabularyFile, error: WinnowError) -> None:
    st.error(plain(error))
    st.markdown(
        "Your labels are safe, and a backup is kept of the file as it is. Choose one way to make "
        "it usable again."
    )
    if repair := repair_of(file):
        count = len(repair.left_out)
        st.button(
            f"Leave out what cannot be used ({count:,})", key="repair-leave-out", type="primary",
            on_click=trouble.careful(file.save_text), args=(repair.text,),
        )  # fmt: skip
        more = f" and {count - _NAMED:,} more" if count > _NAMED else ""
        st.caption(plain("Left out: " + ", ".join(repair.left_out[:_NAMED]) + more))
    if version := last_version(file):
        st.button(
            "Go back to the last version of the classes", key="repair-version",
            on_click=trouble.careful(file.save_text), args=(version.text,),
        )  # fmt: skip
    _editor(file)


def _editor(file: VocabularyFile) -> None:
    try:
        text = file.text()
    except WinnowError:  # no text at all: there is nothing to edit
        return
    if len(text) <= _EDITABLE:
        st.text_area("The file", text, height=300, key=state.REPAIR_TEXT)
        st.button("Save the file", key="repair-save", on_click=trouble.careful(_save), args=(file,))


def _save(file: VocabularyFile) -> None:
    file.save_text(st.session_state[state.REPAIR_TEXT])
