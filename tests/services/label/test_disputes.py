"""Images on which people disagree: open until a majority or the last word of whoever is asked."""

from __future__ import annotations

from core.project.project import Project
from core.services.label.disputes import open_disputes, opinions
from core.store.labels.base import Event, Kind


def say(project: Project, person: str, image: str, label: str | None, kind: Kind = "label") -> None:
    project.labels.add([Event(image, label, kind)], person, "test")


def left(project: Project, person: str = "") -> list[str]:
    return open_disputes(project.snapshot(), project.labels, person)


def test_a_dispute_is_open_until_somebody_decides(project: Project) -> None:
    one, two, three = project.pool().ids[:3]
    names = project.classes().names
    assert left(project) == []
    for image in (one, two):
        say(project, "ann", image, names[0])
        say(project, "bob", image, names[1])
    say(project, "ann", three, names[0])
    say(project, "bob", three, names[0])
    assert left(project) == left(project, "eve") == [one, two]
    assert left(project, "bob") == []  # whose word counts already
    assert opinions(project.labels.answers()[one]) == f"ann: {names[0]} · bob: {names[1]}"
    say(project, "eve", one, names[1])  # a majority
    say(project, "ann", two, names[1])  # persuaded
    assert left(project) == []


def test_a_third_class_decides_for_whoever_gave_it_only(project: Project) -> None:
    image, names = project.pool().ids[0], project.classes().names
    for person, name in zip(("ann", "bob", "eve"), names, strict=False):
        say(project, person, image, name)
    assert left(project) == [image] and left(project, "eve") == []


def test_an_answer_without_a_class_is_a_word_too_and_a_skip_is_none(project: Project) -> None:
    image, names = project.pool().ids[0], project.classes().names
    say(project, "ann", image, names[0])
    say(project, "bob", image, None, "skip")
    assert left(project) == []
    say(project, "bob", image, None, "unusable")
    assert left(project) == [image]
    assert opinions(project.labels.answers()[image]) == f"ann: {names[0]} · bob: not usable"
