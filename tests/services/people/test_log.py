"""Who did what: answers from the labels, all else from the workspace's log, joined and filtered."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime import acting as module
from core.runtime.acting import Actor, acting
from core.runtime.errors import WinnowError
from core.services.people.log import as_csv, log, people_of, span
from core.services.people.roles import add
from core.services.prompts.classes import add_classes
from core.services.prompts.refining import use_refinement
from core.store.labels.base import Event, TagEvent
from core.store.people.second import keep_second_every


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED", [])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def test_what_people_did_is_one_log(project: Project, clock: list[float]) -> None:
    ids = project.pool().ids
    for image in ids[:3]:
        project.labels.add([Event(image, "animal")], "ann", "label page, one")
        clock[0] += 30
    clock[0] += 3_600
    batch = project.labels.add([Event(ids[4], "animal")], "ann", "label page, one")
    project.tag_labels.add([TagEvent(ids[0], "red", True)], "bob", "tags page")
    clock[0] += 5
    project.labels.undo(batch, "bob")
    clock[0] += 5
    with acting(Actor("bob")):
        use_refinement(project.workspace, True)
        add_classes(project.vocabulary_file, ["fresh"])
        clock[0] += 5
        keep_second_every(project.workspace.home, 5)
    lines = [line for line in log(project) if line.time >= 1_800_000_000]
    assert [(x.person, x.act, x.about, x.count) for x in lines] == [
        ("bob", "settings", "every 5th image is labeled twice", 1),
        ("bob", "settings", "refined prompts on", 1),
        ("bob", "classes", "added fresh", 1),
        ("bob", "undo", "answers taken back", 1),
        ("ann", "label", "label page, one, taken back", 1),
        ("bob", "tag", "tags page", 1),
        ("ann", "label", "label page, one", 3),
    ]
    assert people_of(lines) == ["ann", "bob"]
    assert {x.person for x in log(project, person="ann")} == {"ann"}
    assert log(project, day="2020-01-01") == []
    last = lines[-1]
    assert (last.time, last.until) == (1_800_000_000.0, 1_800_000_060.0)


def test_the_table_holds_no_formula(project: Project) -> None:
    project.labels.add([Event(project.pool().ids[0], "animal")], "=cmd()", "test")
    rows = list(csv.reader(io.StringIO(as_csv(log(project)).decode())))
    assert rows[0] == ["from", "until", "person", "act", "about", "question", "count"]
    assert rows[1][2] == "'=cmd()" and len(rows) == 1 + len(log(project))


def test_only_who_reviews_sees_it(project: Project) -> None:
    add(project.workspace, "Bo", "owns")
    add(project.workspace, "Rea", "reviews")
    add(project.workspace, "Ann", "labels")
    with acting(Actor("Ann")), pytest.raises(WinnowError, match="cannot see who did what"):
        log(project)
    with acting(Actor("Rea")):
        assert log(project)[0].about == "Ann labels"


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "9999-12-31"])
def test_a_day_that_is_none_is_said(day: str) -> None:
    with pytest.raises(WinnowError, match="is no day"):
        span(day)


def test_questions_have_logs_of_their_own_beside_what_they_share(
    project: Project, tmp_path: Path
) -> None:
    from core.store import questions

    added = questions.add(project.workspace.root, "Kind")
    other = Project(project.workspace.asking(added.slug), project.collection)
    use_refinement(other.workspace, True)
    assert [line.about for line in log(other)][:2] == ["refined prompts on", "Kind added"]
    assert log(project)[0].about == "Kind added"
