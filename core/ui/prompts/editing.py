"""What the widgets of the Prompts page do to the classes and prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.project.vocabulary_file import VocabularyFile
from core.prompts import vocabulary as vocabularies
from core.prompts.families import Family
from core.prompts.vocabulary import Vocabulary
from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.runtime.spelling import same
from core.services.prompts.classes import add_classes
from core.services.prompts.restructuring import (
    labeled_of,
    move_class,
    order_classes,
    remove_class,
    rename_class,
    replace_classes,
)
from core.services.prompts.undoing import restore_version, undo_change
from core.services.prompts.workbench import bench as score
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
    """Take the last change back, which may have arrived with the press; its labels with it."""
    undo_change(take_edits(), session.require_project().labels, session.annotator())
    forget_panels()


@trouble.careful
def restore(version: Vocabulary) -> None:
    """Make an earlier version the present one; what was done to labels since goes back too."""
    project = session.require_project()
    restore_version(project.vocabulary_file, project.labels, version, session.annotator())


def forget_panels() -> None:
    """Close what was open to change a class, or waits for a yes."""
    for key in (state.PANEL, state.PENDING):
        st.session_state.pop(key, None)


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
            st.session_state[state.OPEN] = new
            return
    except StorageError:
        raise
    except WinnowError:
        st.session_state[key] = old
        raise
    if st.session_state[key] != old:
        st.session_state[key] = old


@trouble.careful
def remove(name: str, sure: bool = False) -> None:
    """Remove a class; where images are labeled with it, ask first.

    Its labels stay in the store, and count again when the class is back.
    """
    file = take_edits()
    if not sure and (labeled := _labeled([name])):
        forget_panels()
        st.session_state[state.PENDING] = Pending("remove", labeled, name=name)
        return
    names = file.classes().names
    remove_class(file, session.require_project().labels, name, session.annotator())
    forget_panels()
    if name in names:  # the next one is open then
        rest = [*names[names.index(name) + 1 :], *names[: names.index(name)][::-1]]
        st.session_state[state.OPEN] = rest[0] if rest else ""


@trouble.careful
def move(name: str, key: str) -> None:
    """Put a class into the place that is typed in the field ``key``, counted from 1."""
    move_class(take_edits(), name, int(st.session_state[key]) - 1)


@trouble.careful
def order(way: str) -> None:
    """Sort the classes by name, or by how many images they take, most first."""
    file = take_edits()
    if way == "name":
        order_classes(file, lambda name: (same(name), name))
        return
    snapshot = session.require_snapshot(file.classes().checked("The classes"))
    counts = dict(zip(snapshot.names, (of.count for of in score(snapshot).figures), strict=True))
    order_classes(file, lambda name: -counts.get(name, 0))


@trouble.careful
def add() -> None:
    """Add the classes named in the field for new ones, with prompts of the general family."""
    file = take_edits()
    typed = st.session_state[state.NEW].replace("\n", ",").split(",")
    added = add_classes(file, typed)
    st.session_state[state.NEW] = ""
    if added:
        st.session_state[state.OPEN] = added[0]
    elif any(map(vocabularies.clean, typed)):
        raise WinnowError("Those classes are there already.")


@trouble.careful
def add_named(names: Sequence[str]) -> None:
    """Add classes that labels name already."""
    add_classes(take_edits(), names)


@trouble.careful
def use_family(family: Family, names: Sequence[str]) -> None:
    """Give some classes the prompts of a family."""

    file = session.require_project().vocabulary_file
    _replace(file, [(name, family.expand(name)) for name in names])


@trouble.careful
def load() -> None:
    """Replace the classes by those of the uploaded file."""
    file, upload = take_edits(), st.session_state[state.FILE]
    if upload is None:
        return
    try:
        text = inputs.as_text(upload.getvalue())
    except UnicodeDecodeError:
        raise WinnowError(f"{upload.name} is no UTF-8 text: save it as YAML in UTF-8.") from None
    classes = vocabularies.parse(text, upload.name).checked(upload.name)
    left = {same(name) for name in classes.names}
    gone = [name for name in file.classes().names if same(name) not in left]
    pending = Pending("load", _labeled(gone), name=upload.name, classes=classes)
    if pending.labeled:
        st.session_state[state.PENDING] = pending
    else:
        use(pending)


@trouble.careful
def confirm() -> None:
    """Do what waited for a yes."""
    pending: Pending | None = st.session_state.get(state.PENDING)
    if pending is None:
        return
    if pending.kind == "remove":
        remove(pending.name, True)
    else:
        use(pending)


@trouble.careful
def use(pending: Pending) -> None:
    """Replace the classes by those of a file that was loaded."""
    project, classes = session.require_project(), pending.classes
    if classes is not None:
        replace_classes(take_edits(), project.labels, lambda before: classes, session.annotator())
    forget_panels()


@dataclass(frozen=True)
class Pending:
    """A change that takes classes away that images are labeled with.

    Attributes:
        kind: "remove" for a class, "load" for a file.
        labeled: class that goes → images that are labeled with it.
        name: of the class or the file.
        classes: those of the file.
    """

    kind: str
    labeled: dict[str, int]
    name: str
    classes: Vocabulary | None = None


def _labeled(names: Sequence[str]) -> dict[str, int]:
    return labeled_of(session.require_project().snapshot(), names) if names else {}


def _replace(file: VocabularyFile, changed: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Give classes that are there still other prompts; ``changed`` are names with prompts."""
    prompts = dict(changed)
    file.update_classes(
        lambda before: before.with_classes(
            (name, prompts.get(name, own)) for name, own in before.classes
        )
    )
