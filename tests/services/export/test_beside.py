"""Labels of other questions in an export: which there are, in which tables they stand."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from core.export.record.run import load_manifest
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import beside, runs
from core.services.export.replay import replay
from core.services.predict.predicting import predict
from core.store import questions
from core.store.labels.base import Event


@pytest.fixture
def asked(project: Project) -> Project:
    """A project with a second question that has three labels, of which one is odd to a table."""
    root = project.workspace.root
    other = questions.add(root, "Is it red?")
    questions.add(root, "Größe")
    ids = project.pool().ids
    events = [Event(ids[0], "red"), Event(ids[1], "=1+1"), Event(ids[2], "red")]
    Project(project.workspace.asking(other.slug)).labels.add(events, "ann", "test")
    return project


def test_other_questions_have_columns_and_the_own_one_is_refused(asked: Project) -> None:
    workspace = asked.workspace
    assert beside.others_of(workspace) == {"is_it_red": "Is it red?", "groe": "Größe"}
    assert beside.columns(workspace, []) == ()
    assert beside.columns(workspace, ["is it red", "Is it red?"]) == ("is_it_red",)
    with pytest.raises(WinnowError, match="is the one that is exported"):
        beside.columns(workspace, ["Question 1"])
    with pytest.raises(WinnowError, match="no question blue"):
        beside.columns(workspace, ["blue"])
    other = workspace.asking("is-it-red")
    assert next(iter(beside.others_of(other))) == "question_1"


def test_labels_follow_the_rows_and_a_question_that_went_is_said(asked: Project) -> None:
    snapshot = asked.snapshot()
    rows = list(beside.labels(snapshot, ["is_it_red"]))
    assert rows[:4] == [("red",), ("=1+1",), ("red",), (None,)]
    assert list(beside.labels(snapshot, [])) == [()] * len(snapshot)
    before = beside.version(snapshot, ["is_it_red"])
    store = Project(asked.workspace.asking("is-it-red")).labels
    store.add([Event(snapshot.pool.ids[3], "blue")], "ann", "test")
    assert beside.version(asked.snapshot(), ["is_it_red"]) != before
    questions.remove(asked.workspace.root, "is-it-red")
    with pytest.raises(WinnowError, match="'is_it_red' any more"):
        list(beside.labels(asked.snapshot(), ["is_it_red"]))


def test_they_stand_in_all_tables_and_nowhere_unless_asked_for(
    asked: Project, tmp_path: Path
) -> None:
    snapshot = asked.snapshot()
    predictions = predict(snapshot)
    formats = ["folders", "csv", "parquet"]
    plain = runs.options("symlink", None, None, 0, formats=formats)
    options = replace(plain, questions=beside.columns(snapshot.workspace, ["is it red"]))
    for name, chosen in (("plain", plain), ("asked", options)):
        plan = runs.plan(snapshot, predictions, [], chosen)
        runs.write(snapshot, predictions, plan, tmp_path / name, Report())
    labels = dict(zip(snapshot.pool.ids, beside.labels(snapshot, ["is_it_red"]), strict=True))
    manifest = load_manifest(tmp_path / "asked")
    metadata = json.loads((tmp_path / "asked/metadata.json").read_text())
    for entry in [*manifest["files"], *metadata["images"]]:
        assert entry["questions"] == {"is_it_red": labels[entry["id"]][0]}
    table = pl.read_parquet(tmp_path / "asked/images.parquet")
    assert table["question_is_it_red"].to_list() == [labels[i][0] for i in table["id"]]
    with (tmp_path / "asked/images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["question_is_it_red"] or None for row in rows] == [labels[r["id"]][0] for r in rows]
    before = pl.read_parquet(tmp_path / "plain/images.parquet").columns
    assert [name for name in table.columns if name != "question_is_it_red"] == before
    assert all("questions" not in entry for entry in load_manifest(tmp_path / "plain")["files"])


def test_a_replay_shows_them_again_or_says_that_they_are_gone(
    asked: Project, tmp_path: Path
) -> None:
    snapshot = asked.snapshot()
    predictions = predict(snapshot)
    options = runs.options("symlink", None, None, 0, questions=["is_it_red"])
    plan = runs.plan(snapshot, predictions, [], options)
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    manifest = load_manifest(tmp_path / "out")
    again = replay(asked.snapshot(), manifest, [])
    assert (again.same, again.plan.options.questions) == (True, ("is_it_red",))
    questions.remove(asked.workspace.root, "is-it-red")
    without = replay(asked.snapshot(), manifest, [])
    assert (without.same, without.plan.options.questions) == (True, ())
    assert [one.kind for one in without.differences] == ["questions"]
    assert "is_it_red" in without.as_text()


def test_spreadsheets_take_no_label_of_them_for_a_formula(asked: Project, tmp_path: Path) -> None:
    snapshot = asked.snapshot()
    predictions = predict(snapshot)
    options = runs.options(
        "symlink", None, None, 0, formats=["csv"], csv_safe=True, questions=["is_it_red"]
    )
    plan = runs.plan(snapshot, predictions, [], options)
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    text = (tmp_path / "out/images.csv").read_text()
    assert "'=1+1" in text and ",=1+1" not in text
