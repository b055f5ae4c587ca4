"""What the widgets of the Prompts page do to the classes and prompts."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.ui.prompts import bench
from core.ui.session import session

ERROR = "prompts-error"


def take_edits(project: Project) -> None:
    """Keep what was typed into the fields since the last run.

    Whatever else changes the classes calls this first: leaving a field sends its text together
    with the press of the button, and the text must not undo what the button does.
    """
    for name in project.vocabulary().names:
        lines = bench.edited(f"prompts-{name}")
        if lines is not None:
            edited = Vocabulary.of({name: lines}).classes[0]
            classes = project.vocabulary().classes
            project.save_vocabulary(
                Vocabulary(tuple(edited if kept[0] == name else kept for kept in classes))
            )


def undo(project: Project) -> None:
    """Go back to the version before the last change, which may have arrived with the press."""
    take_edits(project)
    versions = project.vocabulary_versions()
    if len(versions) > 1:
        project.save_vocabulary(versions[-2].vocabulary)


def rename(project: Project, old: str, key: str) -> None:
    """Rename a class to what is typed in the field ``key``, in its labels too."""
    take_edits(project)
    new = vocabularies.clean(st.session_state[key])
    try:
        if new and new != old:
            project.rename_class(old, new, session.annotator())
    except WinnowError as error:
        st.session_state[ERROR] = str(error)
    if not new or ERROR in st.session_state:
        st.session_state[key] = old


def remove(project: Project, name: str) -> None:
    """Remove a class; its labels stay in the store."""
    take_edits(project)
    classes = project.vocabulary().classes
    project.save_vocabulary(Vocabulary(tuple(kept for kept in classes if kept[0] != name)))


def add(project: Project, key: str) -> None:
    """Add the classes named in the field ``key``, with prompts of the general family."""
    take_edits(project)
    kept = project.vocabulary()
    taken = {name.casefold() for name in kept.names}
    typed = st.session_state[key].replace("\n", ",").split(",")
    names = [vocabularies.clean(name) for name in typed]
    fresh = list(dict.fromkeys(n for n in names if n and n.casefold() not in taken))
    project.save_vocabulary(Vocabulary((*kept.classes, *((n, expand(n)) for n in fresh))))
    st.session_state[key] = ""
    if not fresh and any(names):
        st.session_state[ERROR] = "Those classes are there already."


def load(project: Project, key: str) -> None:
    """Replace the classes by those of the file in the uploader ``key``."""
    take_edits(project)
    file = st.session_state[key]
    try:
        if file is not None:
            text = file.getvalue().decode("utf-8-sig")
            project.save_vocabulary(vocabularies.parse(text, file.name).checked(file.name))
    except UnicodeDecodeError:
        st.session_state[ERROR] = f"{file.name} is no UTF-8 text: save it as YAML in UTF-8."
    except WinnowError as error:
        st.session_state[ERROR] = str(error)
