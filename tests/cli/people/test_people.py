"""``winnow people``: roles, the log, agreement, hours, images labeled twice."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from cli.outcomes import Outcome, Winnow, refused

from core.project.project import Project
from core.store.labels.base import Event


def why(outcome: Outcome) -> str:
    """The sentence with which a command was refused."""
    refused(outcome)
    return outcome.err


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(embedded, tmp_path / "workspace"))


@pytest.fixture
def people(winnow: Winnow, sample: Path, workspace: Path):
    """``winnow people COMMAND FOLDER …`` on a workspace of its own."""

    def call(command: str, *arguments: object):
        return winnow("people", command, sample, *arguments, "--workspace", workspace)

    return call


def test_people_are_listed_added_and_removed(people, workspace: Path) -> None:
    assert people("list", "--json").json == {"people": []}
    assert "everybody who gets in may do everything" in people("list").out
    assert "Somebody must own the workspace" in why(people("add", "Ann"))
    added = people("add", "Bo", "--role", "owns", "--login", "Bo@x.org", "--json")
    assert added.json == {"name": "Bo", "role": "owns", "login": "bo@x.org"}
    assert "Ann labels: labels images and tags" in people("add", "Ann").out
    assert [row["name"] for row in people("list", "--json").json["people"]] == ["Bo", "Ann"]
    assert "bo@x.org" in people("list").out
    assert "a role is labels, reviews or owns" in why(people("add", "Eve", "--role", "king"))
    assert "off the list; the labels stay." in people("remove", "Ann").out
    assert "is not on the list" in why(people("remove", "Ann"))
    assert "everybody may do everything" in people("remove", "bo@x.org").out
    assert not (workspace / "people.json").exists()


def test_a_listed_login_of_this_machine_has_its_role_in_every_command(
    people, winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LOGNAME", "ann")
    people("add", "Bo", "--role", "owns")
    people("add", "ann", "--role", "labels")
    labels = winnow("labels", "export", sample, tmp_path / "l.csv", "--workspace", workspace)
    assert "ann labels here and cannot export: ask Bo, who can." in why(labels)
    assert not (tmp_path / "l.csv").exists()
    assert "cannot see who did what" in why(people("log"))
    assert "cannot say who may do what" in why(people("remove", "Bo"))
    # Who is not on the list has the files anyhow.
    monkeypatch.setenv("LOGNAME", "root-of-this-machine")
    labels = winnow("labels", "export", sample, tmp_path / "l.csv", "--workspace", workspace)
    assert labels.code == 0


def test_the_log_says_who_did_what(
    people, winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LOGNAME", "bo")
    before = people("log", "--json").json["all"]  # of how the workspace came about
    winnow("labels", "import", sample, sample / "truth.csv", "--workspace", workspace)
    people("double", "--every", "4")
    answer = people("log", "--json").json
    fresh = answer["lines"][: answer["all"] - before]
    assert sorted((line["person"], line["act"]) for line in fresh) == [
        ("bo", "import"), ("bo", "settings"), ("import", "label"),
    ]  # fmt: skip
    out = tmp_path / "log.csv"
    only = people("log", "--person", "bo", "--out", out, "--json").json
    assert {line["person"] for line in only["lines"]} == {"bo"}
    assert len(list(csv.reader(out.open()))) == 3
    assert "every 4th image is labeled twice" in people("log").out
    assert people("log", "--day", "2001-01-01", "--json").json == {"lines": [], "all": 0}
    assert "is no day" in why(people("log", "--day", "monday"))


def test_images_labeled_twice_and_agreement(people, sample: Path, workspace: Path) -> None:
    assert people("double", "--json").json == {"every": 0}
    assert people("double", "--every", "7", "--json").json == {"every": 7}
    assert "One image in 7" in people("double").out
    assert "winnow people double" in people("agreement").out
    project = Project.open(sample, workspace)
    ids, names = project.pool().ids[:12], project.classes().names
    project.labels.add([Event(i, names[n % 2]) for n, i in enumerate(ids)], "ann", "label page")
    project.labels.add([Event(i, names[n % 3 % 2]) for n, i in enumerate(ids)], "bob", "label page")
    answer = people("agreement", "--json").json
    assert answer["alpha"]["images"] == 12 and answer["pairs"][0]["people"] == ["ann", "bob"]
    assert 0 < answer["disagreed"] < 12 and set(answer["classes"]) == set(names[:2])
    text = people("agreement").out
    assert "Krippendorff's alpha: " in text and "Cohen's kappa" in text


def test_labels_an_hour(people, sample: Path, workspace: Path) -> None:
    assert "Nobody has labeled anything" in people("hours").out
    project = Project.open(sample, workspace)
    for image in project.pool().ids[:3]:
        project.labels.add([Event(image, "animal")], "ann", "label page, one")
    answer = people("hours", "--json").json
    assert [(row["person"], row["labels"]) for row in answer["people"]] == [("ann", 3)]
    assert sum(row["labels"] for row in answer["hours"]) == 3
    assert "minutes of work" in people("hours").out
