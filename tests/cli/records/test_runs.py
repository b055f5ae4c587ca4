"""``winnow runs``: listed, compared, pinned, noted, kept; by images or by workspace."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.learn.asking.audit import order
from core.project.project import Project
from core.store.csv_tables import read_labels


@pytest.fixture
def workspace(embedded: Path, tmp_path: Path) -> Path:
    root = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    shutil.rmtree(root / "runs", ignore_errors=True)  # of other tests
    return root


@pytest.fixture
def two(winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path) -> Path:
    """A workspace with a moment before 50 labels, and an export after them."""
    at = ("--workspace", workspace)
    assert winnow("runs", "keep", "prompts alone", *at).code == 0
    refused(winnow("runs", "keep", tmp_path, *at), "the name is missing")
    truth, pool = read_labels(sample / "truth.csv"), Project.open(sample, workspace).pool()
    paths = [pool.paths[row] for row in order(pool.ids)[:50]]  # so that they are random images
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["path,label", *(f"{path},{truth[path]}" for path in paths)]))
    assert winnow("labels", "import", sample, table, *at).code == 0
    outcome = winnow("run", sample, tmp_path / "sorted", *at, "--mode", "hardlink")
    assert outcome.code == 0, outcome.err
    return workspace


def test_all_are_listed(winnow: Winnow, sample: Path, two: Path) -> None:
    listed = winnow("runs", "list", sample, "--workspace", two, "--json").json["runs"]
    export, moment = (run for run in listed if run["kind"] in ("export", "moment"))
    assert (export["name"], moment["name"]) == ("sorted", "prompts alone")
    assert (export["labels"], moment["labels"]) == (50, 0)
    assert export["person"] and export["classes"] == 10 and not export["pinned"]
    text = winnow("runs", "list", "--workspace", two).out
    assert "prompts alone" in text and export["id"] in text


def test_two_are_compared(winnow: Winnow, sample: Path, two: Path, tmp_path: Path) -> None:
    out, at = tmp_path / "flips.csv", ("--workspace", two)
    of = winnow("runs", "compare", sample, "prompts alone", "sorted", "--out", out, *at, "--json")
    content = of.json
    assert content["images"] == 60 and content["flips"] > 0 and content["same_images"] == 50
    assert content["delta"]["low"] <= content["delta"]["value"] <= content["delta"]["high"]
    with out.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == content["flips"]
    same = winnow("runs", "compare", "sorted", "now", *at, "--json").json
    assert (same["flips"], same["delta"]["value"]) == (0, 0)
    text = winnow("runs", "compare", "prompts alone", "now", *at).out
    truth = ("--truth", sample / "truth.csv", "--json")
    assert winnow("runs", "compare", "prompts alone", "now", *truth, *at).json["same_images"] == 60
    assert "have another class." in text and "random images" in text and "slices" in text


def test_tags_are_slices_too(winnow: Winnow, sample: Path, two: Path) -> None:
    asked = ("runs", "compare", "prompts alone", "now", "--tags", "--workspace", two)
    refused(winnow(*asked), "The workspace has no tags")
    tags = sample.parent / "tags.yaml"
    shown = ("an animal", "a vehicle", "food", "a plant", "a building", "a person")
    lines = [f"  - code: t{n}\n    prompts: [{text}]\n" for n, text in enumerate(shown)]
    tags.write_text("tags:\n" + "".join(lines))
    assert winnow("tag", sample, "--vocabulary", tags, "--workspace", two).code == 0
    kinds = {of["kind"] for of in winnow(*asked, "--json").json["slices"]}
    assert kinds == {"size", "tag"}


def test_a_pin_and_a_note(winnow: Winnow, two: Path) -> None:
    at = ("--workspace", two, "--json")
    pinned = winnow("runs", "pin", "sorted", *at).json["pinned"]
    assert winnow("runs", "note", "pinned", "for <the> boss", *at).json["id"] == pinned
    (run,) = [run for run in winnow("runs", "list", *at).json["runs"] if run["pinned"]]
    assert (run["id"], run["note"]) == (pinned, "for <the> boss")
    assert winnow("runs", "note", "pinned", "", *at).json["note"] is None
    assert winnow("runs", "pin", "none", *at).json == {"pinned": None}
    refused(winnow("runs", "pin", "now", "--workspace", two), "keep the moment under a name first")


def test_what_is_refused(winnow: Winnow, sample: Path, workspace: Path) -> None:
    refused(winnow("runs", "list"), "Name the folder of the images first")
    at = ("--workspace", workspace)
    refused(winnow("runs", "compare", "now", *at), "1 words are too few")
    refused(winnow("runs", "compare", sample, "a", "b", "c", *at), "4 words are too many")
    refused(winnow("runs", "compare", "no such run", "now", *at), "There is no run no such run")
    refused(winnow("runs", "list", *at, "--question", "nope"), "nope")


def test_a_model_file_is_on_record(winnow: Winnow, sample: Path, two: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.winnow"
    assert winnow("model", "export", sample, file, "--workspace", two).code == 0
    listed = winnow("runs", "list", "--workspace", two, "--json").json["runs"]
    (run,) = [run for run in listed if run["kind"] == "model file"]
    assert (run["name"], run["labels"]) == ("a.winnow", 50)
    same = winnow("runs", "compare", "a.winnow", "now", "--workspace", two, "--json").json
    assert same["flips"] == 0


def test_runs_of_a_prompts_file_where_the_question_has_no_classes(
    winnow: Winnow, sample: Path, workspace: Path, tmp_path: Path
) -> None:
    prompts, at = tmp_path / "prompts.yaml", ("--workspace", workspace)
    (workspace / "vocabulary.yaml").rename(prompts)
    truth, pool = read_labels(sample / "truth.csv"), Project.open(sample, workspace).pool()
    table = tmp_path / "labels.csv"
    for number, part in enumerate((slice(20), slice(20, 50))):
        paths = [pool.paths[row] for row in order(pool.ids)[part]]
        table.write_text("\n".join(["path,label", *(f"{path},{truth[path]}" for path in paths)]))
        assert winnow("labels", "import", sample, table, *at).code == 0
        out = tmp_path / f"sorted {number}"
        run = winnow("run", sample, out, "--prompts", prompts, *at, "--mode", "hardlink")
        assert run.code == 0, run.err
    compared = winnow("runs", "compare", "sorted 0", "sorted 1", *at, "--json").json
    assert compared["same_images"] == 50 and compared["other_classes"] == 0
    counts = compared["per_class"].values()
    assert sum(of["n"] for of in counts) == 50
    told = "There are no classes: give --prompts"
    for asked in (("runs", "keep", "a"), ("runs", "compare", "sorted 1", "now")):
        refused(winnow(*asked, *at), told)
    given = ("--prompts", prompts, *at, "--json")
    assert winnow("runs", "keep", "a", *given).json["name"] == "a"
    same = winnow("runs", "compare", "sorted 1", "now", *given).json
    assert (same["flips"], same["same_images"]) == (0, 50)
    page = tmp_path / "report.html"
    refused(winnow("report", sample, page, "--now", *at), told)
    assert winnow("report", sample, page, *given).json["export"] is None
