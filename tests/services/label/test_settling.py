"""A reviewer's answer where others disagree decides; nobody else's does."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.runtime import acting as module
from core.runtime.acting import Actor, acting
from core.services.export.record import record_of
from core.services.export.runs import options, plan
from core.services.label import settling
from core.services.people import roles
from core.services.predict.predicting import predict
from core.store.labels.base import Event, LogEntry, is_settled


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED", [])


def press(project: Project, person: str, *entries: LogEntry) -> None:
    with acting(Actor(person)):
        settling.record(
            project.workspace.home, project.labels, f"of-{person}", entries, person, "label page"
        )


@pytest.fixture
def disputed(project: Project) -> tuple[Project, str, str]:
    """A team, an image on which two people disagree, and one without an answer."""
    for name, role in (("Bo", "owns"), ("Rea", "reviews"), ("Ann", "labels"), ("Eve", "labels")):
        roles.add(project.workspace, name, role)
    one, two = project.pool().ids[:2]
    names = project.classes().names
    press(project, "Ann", LogEntry(1, one, "label", names[0]))
    press(project, "Eve", LogEntry(1, one, "label", names[1]))
    return project, one, two


def test_a_reviewers_answer_decides(disputed) -> None:
    project, one, two = disputed
    names = project.classes().names
    assert project.labels.current()[one].conflict
    press(project, "Rea", LogEntry(1, one, "label", names[2]), LogEntry(2, two, "label", names[0]))
    label = project.labels.current()[one]
    assert (label.label, label.source, label.conflict) == (names[2], "settled, label page", False)
    assert project.labels.current()[two].source == "label page"
    assert project.labels.acknowledged("of-Rea") == 2
    # Exports say so.
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    made = plan(snapshot, predictions, [], options("copy", None, None, 0))
    record = record_of(snapshot, predictions, made)
    assert record.settled == (one,) and record.conflicts == ()
    assert record.settling.startswith("A reviewer settled 1 images on which people disagreed")


def test_it_can_be_taken_back_in_the_same_sending(disputed) -> None:
    project, one, _ = disputed
    names = project.classes().names
    press(project, "Rea", LogEntry(1, one, "label", names[2]), LogEntry(2, one, "undo", target=1))
    assert project.labels.current()[one].conflict
    press(project, "Rea", LogEntry(3, one, "label", names[2]))
    press(project, "Rea", LogEntry(4, one, "undo", target=3))
    assert project.labels.current()[one].conflict


def test_who_only_labels_gives_one_more_answer(disputed) -> None:
    project, one, _ = disputed
    names = project.classes().names
    roles.add(project.workspace, "Max", "labels")
    press(project, "Max", LogEntry(1, one, "label", names[0]))
    label = project.labels.current()[one]
    assert (label.label, label.conflict) == (names[0], True) and not is_settled(label.source)


def test_without_roles_all_is_as_it_was(project: Project) -> None:
    one, names = project.pool().ids[0], project.classes().names
    for person, name in zip(("ann", "bob", "eve"), names, strict=False):
        project.labels.add([Event(one, name)], person, "test")
    press(project, "bo", LogEntry(1, one, "label", names[3]))
    label = project.labels.current()[one]
    assert (label.label, label.source, label.conflict) == (names[3], "label page", True)
