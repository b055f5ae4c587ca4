"""``winnow questions``, and ``--question`` wherever a command works with classes and labels."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.export.record.run import load_manifest
from core.project.project import Project
from core.store.csv_tables import read_labels

CLASSES = "classes:\n  living: [an animal, a plant]\n  thing: [a thing]\n"


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    root = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    shutil.rmtree(root / "runs", ignore_errors=True)  # of other tests
    return root


@pytest.fixture
def asked(winnow: Winnow, sample: Path, workspace: Path) -> Path:
    """A workspace with a second question, its classes and six labels."""
    assert winnow("questions", "add", sample, "Is it alive?", "--workspace", workspace).code == 0
    home = workspace / "questions/is-it-alive"
    (home / "vocabulary.yaml").write_text(CLASSES)
    truth = read_labels(sample / "truth.csv")
    rows = [f"{path},{'living' if truth[path] == 'animal' else 'thing'}" for path in truth][:30]
    (workspace.parent / "alive.csv").write_text("\n".join(["path,label", *rows]))
    outcome = winnow(
        "labels", "import", sample, workspace.parent / "alive.csv", "--workspace", workspace,
        "--question", "is it alive?",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    return workspace


def listed(winnow: Winnow, sample: Path, workspace: Path) -> dict[str, object]:
    return winnow("questions", "list", sample, "--workspace", workspace, "--json").json


def test_questions_are_listed_added_renamed_removed_and_put_back(
    winnow: Winnow, sample: Path, workspace: Path
) -> None:
    ws = ("--workspace", workspace)
    first = {"slug": "", "name": "Question 1", "classes": 10, "labeled": 0, "runs": 0}
    assert listed(winnow, sample, workspace) == {"questions": [first], "removed": []}
    assert not (workspace / "questions.json").exists()
    added = winnow("questions", "add", sample, "Is it alive?", *ws, "--json")
    assert added.json == {"name": "Is it alive?", "slug": "is-it-alive"}
    renamed = winnow("questions", "rename", sample, "is-it-alive", "Alive", *ws, "--json")
    assert renamed.json == {"name": "Alive", "slug": "is-it-alive"}
    second = {"slug": "is-it-alive", "name": "Alive", "classes": 0, "labeled": 0, "runs": 0}
    assert listed(winnow, sample, workspace) == {"questions": [first, second], "removed": []}
    gone = winnow("questions", "remove", sample, "ALIVE", *ws)
    assert "put-back" in gone.out and "0 labeled images" in gone.out
    assert listed(winnow, sample, workspace) == {"questions": [first], "removed": ["Alive"]}
    assert "Removed, can be put back: Alive" in winnow("questions", "list", sample, *ws).out
    assert winnow("questions", "put-back", sample, "alive", *ws, "--json").json["slug"] == (
        "is-it-alive"
    )
    assert listed(winnow, sample, workspace) == {"questions": [first, second], "removed": []}


def test_what_cannot_be_done_is_one_sentence(winnow: Winnow, sample: Path, workspace: Path) -> None:
    ws = ("--workspace", workspace)
    for arguments, parts in (
        (("remove", sample, "Question 1"), ("only question cannot be removed",)),
        (("remove", sample, "nothing"), ("no question nothing", "only: Question 1")),
        (("rename", sample, "nothing", "x"), ("no question nothing",)),
        (("put-back", sample, "Question 1"), ("no removed question", "only: none")),
        (("add", sample, "question-1"), ("Question 1 is there already",)),
        (("add", sample, ""), ("shows nothing",)),
        (("add", sample, "x" * 201), ("at most 200",)),
    ):
        refused(winnow("questions", *arguments, *ws), *parts)
    (workspace / "questions.json").write_text("{")
    for command in (
        ("questions", "list", sample),
        ("run", sample, workspace.parent / "o", "cat", "dog"),
    ):
        refused(winnow(*command, *ws), "questions.json cannot be read", "put-back")


def test_every_command_works_on_the_question_that_is_named(
    winnow: Winnow, sample: Path, asked: Path, tmp_path: Path
) -> None:
    where = ("--workspace", asked, "--question", "Is it alive", "--json")
    own = tmp_path / "own.csv"
    assert winnow("labels", "export", sample, own, *where).code == 0
    assert len(read_labels(own)) == 30
    out = tmp_path / "out"
    run = winnow("run", sample, out, *where, "--mode", "symlink")
    assert run.code == 0, run.err
    assert list(run.json["classes"]) == ["living", "thing"]
    manifest = load_manifest(out)
    assert (list(manifest["prompts"]), manifest["labels"]["count"]) == (["living", "thing"], 30)
    replay = winnow("replay", out, *where)
    assert (replay.code, replay.json["same"]) == (0, True), replay.out
    measured = winnow("evaluate", sample, "--truth", tmp_path / "alive.csv", *where)
    refused_or_left = measured.json
    assert refused_or_left.get("labeled_left_out", 30) == 30
    simulated = winnow(
        "simulate", sample, "--truth", tmp_path / "alive.csv", "--budgets", "0,10", "--seeds", "1",
        *where,
    )  # fmt: skip
    assert simulated.code == 0, simulated.err
    query = "SELECT label, label_question_1, class FROM images WHERE label = 'living'"
    answer = winnow("query", sample, query, *where)
    assert answer.code == 0, answer.err
    assert {row["class"] for row in answer.json["rows"]} <= {"living"}
    found = winnow("search", sample, "--text", "an animal", "--where", "label=thing", *where)
    assert found.code == 0, found.err
    backups = winnow("labels", "restore", sample, *where)
    assert backups.code == 0, backups.err
    counts = {q["slug"]: (q["labeled"], q["runs"]) for q in questions(winnow, sample, asked)}
    assert counts == {"": (0, 0), "is-it-alive": (30, 1)}
    beside = winnow(
        "query", sample, "SELECT label, label_is_it_alive FROM images", "--workspace", asked,
        "--json",
    )  # fmt: skip
    labels = [tuple(row.values()) for row in beside.json["rows"]]
    assert sum(other is not None for _, other in labels) == 30
    assert {own for own, _ in labels} == {None}


def test_a_run_has_the_labels_of_another_question_in_its_tables(
    winnow: Winnow, sample: Path, asked: Path, tmp_path: Path
) -> None:
    ws = ("--workspace", asked)
    run = ("run", sample, tmp_path / "out", *ws, "--mode", "symlink", "--format", "csv")
    outcome = winnow(*run, "--with-question", "is it alive", "--json")
    assert outcome.code == 0, outcome.err
    assert "folders" not in outcome.json
    with (tmp_path / "out/images.csv").open(newline="") as file:
        labels = [row["question_is_it_alive"] for row in csv.DictReader(file)]
    assert sum(label in ("living", "thing") for label in labels) == 30
    assert labels.count("") == len(labels) - 30
    refused(winnow(*run, "--with-question", "nothing"), "no question nothing")
    refused(winnow(*run, "--with-question", "Question 1"), "is the one that is exported")


def questions(winnow: Winnow, sample: Path, workspace: Path) -> list[dict[str, object]]:
    return listed(winnow, sample, workspace)["questions"]  # type: ignore[return-value]


def test_a_question_that_is_not_there_is_said_by_every_command(
    winnow: Winnow, sample: Path, asked: Path, tmp_path: Path
) -> None:
    where = ("--workspace", asked, "--question", "Is it dead?")
    truth = tmp_path / "alive.csv"
    for arguments in (
        ("run", sample, tmp_path / "o"),
        ("evaluate", sample, "--truth", truth),
        ("simulate", sample, "--truth", truth),
        ("labels", "import", sample, truth),
        ("labels", "export", sample, tmp_path / "x.csv"),
        ("labels", "restore", sample),
        ("query", sample, "SELECT 1"),
        ("search", sample, "--text", "a dog"),
        ("app", sample, "--no-browser"),
    ):
        outcome = winnow(*arguments, *where)
        refused(outcome, "no question Is it dead?", "only: Question 1, Is it alive?")
    assert not (tmp_path / "o").exists() and not (tmp_path / "x.csv").exists()


def test_a_removed_question_leaves_others_and_comes_back_with_its_labels(
    winnow: Winnow, sample: Path, asked: Path
) -> None:
    ws = ("--workspace", asked)
    gone = winnow("questions", "remove", sample, "is it alive", *ws, "--json")
    assert (gone.json["labeled"], gone.json["classes"]) == (30, 2)
    refused(winnow("labels", "export", sample, asked / "x.csv", *ws, "--question", "is it alive"))
    assert Project.open(sample, asked).snapshot().others == {}
    winnow("questions", "put-back", sample, "is it alive", *ws)
    (_, back) = questions(winnow, sample, asked)
    assert (back["labeled"], back["classes"]) == (30, 2)


def test_a_question_with_damaged_labels_hides_no_other(
    winnow: Winnow, sample: Path, asked: Path
) -> None:
    (asked / "questions/is-it-alive/labels.sqlite").write_bytes(b"no database" * 100)
    ws = ("--workspace", asked)
    outcome = winnow("questions", "list", sample, *ws, "--json")
    assert outcome.code == 0, outcome.err
    first, damaged = outcome.json["questions"]
    assert (first["labeled"], damaged["labeled"], damaged["name"]) == (0, None, "Is it alive?")
    assert "labels.sqlite" in damaged["problem"] and "labels.sqlite" in outcome.err
    assert "–" in winnow("questions", "list", sample, *ws).out


def test_names_cannot_steer_a_terminal(winnow: Winnow, sample: Path, workspace: Path) -> None:
    ws = ("--workspace", workspace)
    winnow("questions", "add", sample, "red\x1b[31m \u202e[bold]x[/bold]", *ws)
    outcome = winnow("questions", "list", sample, *ws)
    assert "\x1b" not in outcome.out and "\u202e" not in outcome.out
    assert "[bold]x[/bold]" in outcome.out
    json.loads(winnow("questions", "list", sample, *ws, "--json").out)
