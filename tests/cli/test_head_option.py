"""``--head`` and ``--per-class``: what evaluate, simulate and run say and write."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow

from core.export.record.run import load_manifest
from core.learn.heads.names import NAMES
from core.store.csv_tables import read_labels, write_labels


@pytest.fixture
def asked(sample: Path, embedded: Path, tmp_path: Path) -> list[object]:
    """What all commands get: prompts, and a workspace of their own."""
    workspace = shutil.copytree(embedded, tmp_path / "workspace")
    return ["--prompts", sample / "prompts.yaml", "--workspace", workspace, "--json"]


@pytest.fixture
def labels(sample: Path, tmp_path: Path) -> Path:
    """True labels of 48 of the 60 images."""
    file, truth = tmp_path / "labels.csv", sorted(read_labels(sample / "truth.csv").items())
    write_labels(file, [(path, label, "", "", "") for path, label in truth if hash_of(path)])
    return file


def hash_of(path: str) -> bool:
    """Four of five paths, the same ones in every run."""
    return sum(path.encode()) % 5 != 0


def test_evaluate_names_the_head_and_what_it_knows_of_classes(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path, tmp_path: Path
) -> None:
    table = tmp_path / "classes.csv"
    shared = ("evaluate", sample, "--truth", sample / "truth.csv", *asked, "--labels", labels)
    outcome = winnow(*shared, "--head", "weighted", "--per-class", table)
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert (result["head"]["asked"], result["head"]["used"]) == ("weighted", "weighted")
    assert {"bucket", "classes", "support", "recall", "recall_low"} <= set(result["buckets"][0])
    for confusion in result["top_confusions"]:
        assert {"true", "predicted", "images", "share", "low", "high", "examples"} <= set(confusion)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == result["confusion"]["labels"]
    assert sum(int(row["labels"]) for row in rows) == result["labeled_left_out"]
    # Without --head it is the question's own, which is plain.
    assert winnow(*shared).json["head"]["used"] == "plain"


def test_auto_compares_by_the_measure_that_is_named(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path
) -> None:
    shared = ("evaluate", sample, "--truth", sample / "truth.csv", *asked, "--labels", labels)
    outcome = winnow(*shared, "--head", "auto", "--head-by", "accuracy")
    head = outcome.json["head"]
    assert (head["asked"], head["measure"]) == ("auto", "Accuracy")
    assert [score["head"] for score in head["compared"]] == list(NAMES)
    assert head["why"] in outcome.err
    for by, sentence in (("f2", "macro-f1"), ("recall:nothing", "no class called")):
        outcome = winnow(*shared, "--head", "auto", "--head-by", by)
        assert outcome.code == 2 and sentence in outcome.err


def test_simulate_plays_with_a_head(winnow: Winnow, sample: Path, asked: list[object]) -> None:
    shared = ("simulate", sample, "--truth", sample / "truth.csv", *asked, "--seeds", 1)
    outcome = winnow(*shared, "--budgets", "30", "--head", "adjusted")
    assert outcome.json["settings"]["head"] == "adjusted"
    plain = winnow(*shared, "--budgets", "30").json
    assert plain["settings"]["head"] == "plain"
    assert plain["points"][0]["macro_f1"] != outcome.json["points"][0]["macro_f1"]
    auto = winnow(*shared, "--budgets", "45", "--head", "auto").json
    assert auto["points"][0]["head"] in NAMES
    outcome = winnow(*shared, "--head", "focal", "--model-kind", "recipe")
    assert outcome.code == 2 and "Winnow's own model" in outcome.err


def test_a_run_keeps_its_head_and_is_repeated_with_it(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path, tmp_path: Path
) -> None:
    outcome = winnow("run", sample, tmp_path / "o", *asked, "--labels", labels, "--head", "focal")
    assert outcome.code == 0, outcome.err
    assert outcome.json["head"]["used"] == "focal"
    manifest = tmp_path / "o" / "manifest.json"
    assert load_manifest(manifest)["options"]["head"] == "focal"
    again = winnow("replay", manifest, sample, *asked[2:])
    assert again.code == 0 and again.json["same"], again.err
    plain = winnow("run", sample, tmp_path / "p", *asked, "--labels", labels)
    assert "head" not in load_manifest(tmp_path / "p" / "manifest.json")["options"]
    assert plain.json["head"]["used"] == "plain"
