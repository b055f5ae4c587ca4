"""Several questions on one collection: what they share, and what each has for itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.project.host import Host
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.services.tags.tagging import tagging_of
from core.store import questions
from core.store.backups.listing import backups_of, restore_command
from core.store.backups.taking import back_up
from core.store.labels.base import Event
from core.store.workspace import load

OURS = Vocabulary.of({"red": ["a red picture"], "other": ["a picture"]})
THEIRS = Vocabulary.of({"round": ["a round thing"], "square": ["a square thing"]})


def asked(project: Project, name: str) -> Project:
    """The same collection under another question."""
    slug = questions.add(project.workspace.root, name).slug
    return Project(project.workspace.asking(slug), project.collection)


def test_classes_labels_history_and_runs_are_of_one_question(project: Project) -> None:
    other = asked(project, "Which shape?")
    ids = project.pool().ids
    project.save_vocabulary(OURS)
    other.save_vocabulary(THEIRS)
    project.labels.add([Event(ids[0], "red")], "ann", "test")
    other.labels.add([Event(ids[0], "round"), Event(ids[1], None, "skip")], "ann", "test")
    ours, theirs = project.snapshot(), other.snapshot()
    assert (ours.names, theirs.names) == (OURS.names, THEIRS.names)
    assert (
        np.flatnonzero(ours.human >= 0).tolist()
        == [0]
        == np.flatnonzero(theirs.human >= 0).tolist()
    )
    assert (ours.answered.tolist(), theirs.answered.tolist()) == ([0], [0, 1])
    assert project.workspace.runs != other.workspace.runs
    assert len(other.vocabulary_file.versions()) == 1
    again = Project(load(project.workspace.root, "which-shape"))
    assert again.snapshot().names == THEIRS.names


def test_images_vectors_captions_tags_and_encoder_are_shared(project: Project) -> None:
    other = asked(project, "Which shape?")
    assert other.pool() is project.pool()
    assert other.encoder is project.encoder
    assert other.tag_file is project.tag_file is project.vocabulary_file
    assert tagging_of(other) is tagging_of(project)
    other.save_vocabulary(THEIRS)
    project.save_vocabulary(OURS)
    assert other.snapshot().audit_order is project.snapshot().audit_order
    assert predict(other.snapshot()).names == THEIRS.names
    assert predict(project.snapshot()).names == OURS.names


def test_labels_of_another_question_become_a_column(project: Project) -> None:
    other = asked(project, "Which shape?")
    ids = project.pool().ids
    other.labels.add([Event(ids[2], "round")], "ann", "test")
    project.labels.add([Event(ids[1], "red")], "ann", "test")
    beside = project.snapshot(OURS).others
    assert list(beside) == ["label_which_shape"]
    assert beside["label_which_shape"].texts()[:4] == [None, None, "round", None]
    assert other.snapshot(THEIRS).others["label_question_1"].texts()[:3] == [None, "red", None]


def test_backups_are_of_one_question(project: Project) -> None:
    other = asked(project, "Which shape?")
    ids = project.pool().ids
    other.labels.add([Event(ids[0], "round")], "ann", "test")
    taken = back_up(other.workspace, "a test")
    assert taken is not None and taken.labels == 1
    assert backups_of(project.workspace.root) == []
    assert [one.name for one in backups_of(other.workspace.home)] == [taken.name]
    assert restore_command(other.workspace.home, "1").endswith(" 1 --question which-shape")


def test_a_host_opens_questions_on_one_collection(project: Project) -> None:
    root = project.workspace.root
    slug = questions.add(root, "Which shape?").slug
    host = Host()
    second, first = host.project(root, slug), host.project(root)
    assert second.collection is first.collection
    assert host.project(root, slug) is second is host.opened(second.key)
    assert first.key != second.key


def test_a_workspace_of_before_has_one_question(project: Project, tmp_path: Path) -> None:
    root = project.workspace.root
    assert [(q.slug, q.name) for q in questions.questions_of(root)] == [("", "Question 1")]
    assert questions.named(root, None).slug == ""
    assert not (root / "questions.json").exists()
