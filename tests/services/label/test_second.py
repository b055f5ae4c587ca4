"""Images that a second person is asked about: which, whom, in which order, and how far it came."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.services.label import second
from core.store.labels.base import Event, Kind
from core.store.people.second import is_second, keep_second_every

EVERY = 3


@pytest.fixture
def twice(project: Project) -> tuple[Project, list[str], list[str]]:
    """A project with the images that are labeled twice and those that are not."""
    keep_second_every(project.workspace.home, EVERY)
    ids = project.pool().ids
    ours = [i for i in ids if is_second(i, EVERY)]
    return project, ours, [i for i in ids if i not in set(ours)]


def say(project: Project, person: str, image: str, kind: Kind = "label") -> None:
    label = project.classes().names[0] if kind == "label" else None
    project.labels.add([Event(image, label, kind)], person, "test")


def waiting(project: Project, person: str) -> list[str]:
    return second.waiting(project.snapshot(), project.labels, person)


def test_a_second_person_is_asked_once_the_first_one_answered(twice) -> None:
    project, ours, others = twice
    assert waiting(project, "bob") == []
    for image in (ours[0], ours[1], others[0]):
        say(project, "ann", image)
    assert waiting(project, "bob") == sorted(ours[:2], key=project.pool().ids.index)
    assert waiting(project, "ann") == []
    say(project, "bob", ours[0])
    assert waiting(project, "bob") == waiting(project, "eve") == [ours[1]]
    say(project, "bob", ours[1], "skip")  # not that one: somebody else
    assert waiting(project, "bob") == [] and waiting(project, "eve") == [ours[1]]
    done = second.progress(project.snapshot(), project.labels)
    assert done is not None and (done.every, done.twice, done.once) == (EVERY, 1, 1)
    assert done.as_text() == "1 of 2 images labeled twice"


def test_an_answer_that_leaves_it_open_needs_no_second_one(twice) -> None:
    project, ours, _ = twice
    say(project, "ann", ours[0], "unsure")
    assert waiting(project, "bob") == []


def test_without_the_setting_nobody_is(project: Project) -> None:
    say(project, "ann", project.pool().ids[0])
    assert waiting(project, "bob") == []
    assert second.progress(project.snapshot(), project.labels) is None


def test_no_two_people_are_asked_at_once(twice) -> None:
    project, ours, _ = twice
    for image in ours[:3]:
        say(project, "ann", image)
    since = project.snapshot().labels.version[0]
    bobs = second.taken(project.labels, waiting(project, "bob"), "b", since)
    assert set(bobs) == set(ours[:3])
    assert second.taken(project.labels, waiting(project, "eve"), "e", since) == []
    # What is in hand stays first.
    assert (
        second.taken(project.labels, waiting(project, "bob"), "b", since, [bobs[2]])[0] == bobs[2]
    )


def test_they_stand_among_the_others() -> None:
    queue = [f"q{n}" for n in range(9)]
    assert second.mixed(queue, ["a", "b", "c"]) == [
        "q0", "q1", "q2", "a", "q3", "q4", "q5", "q6", "b", "q7", "q8", "c",
    ]  # fmt: skip
    assert second.mixed([], ["a", "b"]) == ["a", "b"]
    assert second.mixed(["q0", "a"], ["a"]) == ["q0", "a"]
    assert second.mixed(queue, []) == queue
