"""Backups around changes of classes and tags, and the whole way back."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.data.restoring import preview, restore
from core.services.prompts.classes import add_classes
from core.services.prompts.restructuring import rename_class
from core.services.tags.tagging import rename_tag
from core.store.backups.listing import backups_of, pick
from core.store.labels.base import Event, TagEvent
from core.tags.edits import added
from core.tags.vocabulary import Tags


def whys(project: Project) -> list[str]:
    return [backup.why for backup in backups_of(project.workspace.root)]


def test_renaming_a_class_is_one_change_and_can_be_put_back(project: Project) -> None:
    old = project.classes().names[0]
    ids = project.pool().ids
    project.labels.add([Event(i, old) for i in ids[:5]], "ann", "test")
    before = project.vocabulary_file.text()
    rename_class(project.vocabulary_file, project.labels, old, "brand new", "ann")
    assert whys(project) == [f"before class {old} was renamed brand new"]
    [backup] = backups_of(project.workspace.root)
    seen = preview(project.workspace, backup)
    assert (seen.changes.other, seen.changes.vocabulary, seen.vocabulary) == (5, True, True)
    done = restore(project.workspace, project.vocabulary_file, backup)
    assert done.before is not None
    assert project.vocabulary_file.text() == before
    assert set(project.labels.classes().values()) == {old} <= set(project.classes().names)
    assert project.vocabulary_file.versions()[-1].vocabulary.names[0] == old
    restore(project.workspace, project.vocabulary_file, done.before)
    assert project.classes().names[0] == "brand new"
    assert set(project.labels.classes().values()) == {"brand new"}


def test_removing_classes_is_backed_up_and_adding_or_editing_is_not(project: Project) -> None:
    file, names = project.vocabulary_file, project.classes().names
    add_classes(file, ["another"])
    file.update_classes(
        lambda now: Vocabulary(tuple((name, (*prompts, "x")) for name, prompts in now.classes))
    )
    assert whys(project) == []
    file.update_classes(lambda now: Vocabulary(now.classes[2:]))
    assert whys(project) == [f"before class {names[0]} and 1 more was removed or renamed"]


def test_tags_are_backed_up_before_they_go(project: Project) -> None:
    file = project.vocabulary_file
    file.save_tags(added(Tags(), "red, green, blue"))
    project.tag_labels.add([TagEvent("1", "red", True)], "ann", "test")
    assert whys(project) == []
    rename_tag(file, project.tag_labels, "red", "crimson", "ann")
    file.update_tags(lambda tags: tags.without("green"))
    assert whys(project) == [
        "before tag green was removed or renamed",
        "before tag red was renamed crimson",
    ]
    restore(project.workspace, file, pick(project.workspace.root, "2"))
    assert sorted(file.tags().codes) == ["blue", "green", "red"]
    assert project.tag_labels.current() == {"red": {"1": True}}


def test_writing_the_whole_file_is_backed_up(project: Project) -> None:
    text = project.vocabulary_file.text()
    project.vocabulary_file.save_text("classes: {a: [b], c: [d]}\n")
    assert whys(project) == ["before the vocabulary file was written anew"]
    restore(project.workspace, project.vocabulary_file, pick(project.workspace.root, "1"))
    assert project.vocabulary_file.text() == text


def test_a_vocabulary_that_cannot_be_read_comes_back_as_it_was(project: Project) -> None:
    """A backup is what was there; what is damaged in it is said when it is used."""
    path = project.workspace.vocabulary
    odd = b"classes: [ \xe4"  # neither YAML nor UTF-8
    path.write_bytes(odd)
    project.backups.take("x")
    path.write_text("classes: {a: [b], c: [d]}\n")
    restore(project.workspace, project.vocabulary_file, pick(project.workspace.root, "1"))
    assert path.read_bytes() == odd
    with pytest.raises(WinnowError):
        project.classes()
