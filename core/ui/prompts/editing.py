"""What the widgets of the Prompts page do to the classes and prompts."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.project.vocabulary_file import VocabularyFile
from core.prompts import vocabulary as vocabularies
from core.prompts.families import Family
from core.prompts.vocabulary import Vocabulary
from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.services.prompts.classes import add_classes, rename_class
from core.ui.prompts import bench, state
from core.ui.session import session, trouble
from core.ui.widgets.text import plain


def show_error() -> None:
    """Say, once, why the vocabulary file that came with the images cannot be used."""
    if error := st.session_state.pop(session.PROMPTS_ERROR, None):
        st.error(plain(error))


def take_edits() -> VocabularyFile:
    """Save what was typed into the fields since the last run.

    Whatever else changes the classes calls this first: leaving a field sends its text together
    with the press of the button, and the text must not undo what the button does.

    Raises:
        WinnowError: an edit cannot be saved. It stays in its field, which sends it again.
    """
    file = session.require_project().vocabulary_file
    for name, prompts in file.classes().classes:
        key = state.prompts_field(name)
        lines = bench.edited(key, prompts)
        if lines is None:
            continue
        try:
            _replace(file, Vocabulary.of({name: lines}).classes)
        except StorageError:
            raise
        except WinnowError:  # sent again it would be refused again
            bench.taken_up(key)
            raise
        bench.taken_up(key)
    return file


def unsaved() -> str:
    """Save what was typed; "" when that worked, else the reason, which its field shows."""
    with trouble.in_place():
        try:
            take_edits()
        except StorageError as error:
            return str(error)
    return ""


@trouble.careful
def undo() -> None:
    """Go back to the version before the last change, which may have arrived with the press."""
    file = take_edits()
    versions = file.versions()
    if len(versions) > 1:
        file.save_classes(versions[-2].vocabulary)


@trouble.careful
def restore(version: Vocabulary) -> None:
    """Make an earlier version the present one."""
    session.require_project().vocabulary_file.save_classes(version)


@trouble.careful
def rename(old: str, key: str) -> None:
    """Rename a class to what is typed in the field ``key``, in its labels too.

    What cannot be saved now stays in the field; no name, or one that is refused, does not.
    """
    try:
        file = take_edits()
        new = vocabularies.clean(st.session_state[key])
        if new and new != old:
            labels = session.require_project().labels
            rename_class(file, labels, old, new, session.annotator())
            return
    except StorageError:
        raise
    except WinnowError:
        st.session_state[key] = old
        raise
    if st.session_state[key] != old:
        st.session_state[key] = old


@trouble.careful
def remove(name: str) -> None:
    """Remove a class; its labels stay in the store."""
    take_edits().update_classes(
        lambda before: Vocabulary(tuple(own for own in before.classes if own[0] != name))
    )


@trouble.careful
def add() -> None:
    """Add the classes named in the field for new ones, with prompts of the general family."""
    file = take_edits()
    typed = st.session_state[state.NEW].replace("\n", ",").split(",")
    added = add_classes(file, typed)
    st.session_state[state.NEW] = ""
    if not added and any(map(vocabularies.clean, typed)):
        raise WinnowError("Those classes are there already.")


@trouble.careful
def use_family(family: Family, names: Sequence[str]) -> None:
    """Give some classes the prompts of a family."""

    file = session.require_project().vocabulary_file
    _replace(file, [(name, family.expand(name)) for name in names])


@trouble.careful
def load() -> None:
    """Replace the classes by those of the uploaded file."""
    vocabulary_file, upload = take_edits(), st.session_state[state.FILE]
    if upload is None:
        return
    try:
        text = inputs.as_text(upload.getvalue())
    except UnicodeDecodeError:
        raise WinnowError(f"{upload.name} is no UTF-8 text: save it as YAML in UTF-8.") from None
    vocabulary_file.save_classes(vocabularies.parse(text, upload.name).checked(upload.name))


def _replace(file: VocabularyFile, changed: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Give classes that are there still other prompts; ``changed`` are names with prompts."""
    prompts = dict(changed)
    file.update_classes(
        lambda before: Vocabulary(
            tuple((name, prompts.get(name, own)) for name, own in before.classes)
        )
    )
