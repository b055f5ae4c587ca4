"""`winnow simulate`: its JSON contract and its refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.outcomes import Winnow

from core.store.csv_tables import read_labels

KEYS = {"labels", "seed", "pool_accuracy", "macro_f1", "seconds", "estimate", "low", "high"}
Call = Callable[..., tuple[int, dict[str, Any] | str, str]]


@pytest.fixture
def simulate(winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path) -> Call:
    """The command on the sample and a copy of its workspace; exit code, stdout, stderr."""
    workspace = tmp_path / "workspace"
    shutil.copytree(embedded, workspace)

    def call(*more: object, truth: Path = sample / "truth.csv") -> tuple[int, Any, str]:
        arguments = ["simulate", sample, "--truth", truth, "--workspace", workspace, *more]
        outcome = winnow(*arguments)
        as_json = "--json" in arguments and outcome.out
        return outcome.code, outcome.json if as_json else outcome.out, outcome.err

    return call


def test_points_for_every_seed_and_budget(simulate: Call, sample: Path) -> None:
    prompts = ("--prompts", sample / "prompts.yaml")
    code, out, _ = simulate("--json", *prompts, "--budgets", "0,5,20", "--seeds", 2)
    assert code == 0
    assert [(p["seed"], p["labels"]) for p in out["points"]] == [
        (seed, labels) for seed in (0, 1) for labels in (0, 5, 20)
    ]
    for point in out["points"]:
        assert set(point) == KEYS
        assert 0 <= point["macro_f1"] <= 1
        if point["labels"] == 0:
            assert point["pool_accuracy"] == pytest.approx(out["zero_shot_accuracy"])
            assert point["estimate"] is point["low"] is point["high"] is None
        if point["labels"] == 20:
            assert point["low"] <= point["estimate"] <= point["high"]
    assert len({point["pool_accuracy"] for point in out["points"]}) > 1


def test_kinds_are_paired_and_the_recipe_has_no_audit(simulate: Call) -> None:
    asked = ("--json", "--budgets", "0,20", "--seeds", 1)
    outcomes = {
        kind: simulate(*asked, "--model-kind", kind)[1] for kind in ("recipe", "lr-cv", "zero-shot")
    }
    first = {json.dumps(out["points"][0]["pool_accuracy"]) for out in outcomes.values()}
    assert len(first) == 1
    assert outcomes["recipe"]["points"][1]["estimate"] is None
    assert outcomes["recipe"]["settings"]["query"] == "margin"
    assert outcomes["lr-cv"]["points"][1]["estimate"] is not None
    flat = [point["pool_accuracy"] for point in outcomes["zero-shot"]["points"]]
    assert flat[0] == flat[1]


def test_a_table_for_people_and_what_takes_no_part(
    simulate: Call, sample: Path, tmp_path: Path
) -> None:
    some = dict(sorted(read_labels(sample / "truth.csv").items())[::2])
    part = tmp_path / "part.csv"
    rows = "\n".join(f"{path},{label}" for path, label in some.items())
    part.write_text(f"path,label\n{rows}\n", encoding="utf-8")
    options = ("--budgets", "0,10", "--seeds", 1, "--heldout", 0.3, "--query", "random")
    code, out, notes = simulate(*options, truth=part)
    assert code == 0
    assert f"{len(some)} images" in out and "held out" in out
    assert f"{60 - len(some)} images have no truth" in notes


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--budgets", "0,twenty"), "are no numbers"),
        (("--budgets", "0,²"), "are no numbers"),
        (("--budgets", ""), "are no numbers"),
        (("--budgets", "20,10"), "do not rise"),
        (("--budgets", "10,10"), "do not rise"),
        (("--budgets", "0,61"), "only 60 images have a truth"),
        (("--budgets", "0,50", "--heldout", 0.5), "30 of them held out"),
        (("one", "two"), "which is not among the classes (one, two)"),
    ],
)
def test_refusals_are_one_sentence(simulate: Call, more: tuple[object, ...], part: str) -> None:
    code, out, err = simulate(*more)
    assert code == 2 and out == ""
    line = err.strip().splitlines()[-1]
    assert line.startswith("winnow: ") and part in line


def test_a_truth_of_other_images(simulate: Call, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("path,label\nnowhere.jpg,shoes\n", encoding="utf-8")
    code, _, err = simulate(truth=other)
    assert code == 2 and "None of the 1 paths of the truth file" in err
