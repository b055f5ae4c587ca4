"""Promises of ``winnow run``, and labels of images that were drawn at random."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

from cli.outcomes import Winnow, refused

from core.store.csv_tables import read_labels


def test_labels_drawn_at_random_carry_a_promise(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = ("--workspace", shutil.copytree(embedded, tmp_path / "ws"))
    truth = list(read_labels(sample / "truth.csv").items())
    table, out = tmp_path / "random.csv", tmp_path / "out"
    table.write_text("path,label\n" + "".join(f"{p},{c}\n" for p, c in truth[::2]))
    asked = ("run", sample, out, *workspace, "--prompts", sample / "prompts.yaml")
    before = winnow(*asked, "--precision", "0.6", "--dry-run", "--json").json["promise"]
    assert (before["kept"], before["level"]) == (False, 0.6)
    assert before["more_labels_needed"] > 0
    assert before["review"] == 60
    done = winnow("labels", "import", sample, table, *workspace, "--random", "--json").json
    assert done["random"] == 30
    result = winnow(*asked, "--precision", "0.6", "--json").json
    promise = result["promise"]
    assert (promise["kept"], promise["more_labels_needed"]) == (True, 0)
    assert set(promise["thresholds"]) == set(result["classes"])
    assert promise["review"] == result["review"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["options"]["promise"]["thresholds"] == promise["thresholds"]
    assert json.loads((out / "metadata.json").read_text())["promise"]["kept"] is True
    assert any("on the word of who did" in line for line in manifest["caveats"])
    assert "How many images the collection really has" in (out / "report.html").read_text()
    judged = winnow("evaluate", sample, "--truth", sample / "truth.csv", *workspace, "--json").json
    assert judged["shares"] == manifest["shares"]
    assert {name for name, of in judged["shares"].items() if of["low"] <= of["images"]} == {
        *result["classes"]
    }
    again = winnow("replay", out, *workspace, "--json")
    assert again.json["same"] is True


def test_without_a_promise_nothing_speaks_of_it(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = shutil.copytree(embedded, tmp_path / "ws")
    out = tmp_path / "out"
    result = winnow(
        "run", sample, out, "--workspace", workspace, "--prompts", sample / "prompts.yaml", "--json"
    ).json
    assert "promise" not in result
    for name in ("manifest.json", "metadata.json", "report.txt", "report.html"):
        text = (out / name).read_text()
        assert '"promise"' not in text and "What is promised" not in text


def test_promises_and_other_rules_exclude_each_other(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = shutil.copytree(embedded, tmp_path / "ws")
    base = ("run", sample, tmp_path / "out", "--workspace", workspace, "--dry-run",
            "--prompts", sample / "prompts.yaml", "--precision", "0.9")  # fmt: skip
    refused(winnow(*base, "--review-below", "0.5"), "cannot be combined")
    refused(winnow(*base, "--review-conformal", "0.9"), "cannot be combined")
    refused(winnow(*base, "--signed"), "exclude each other")
    refused(winnow(*base, "--precision", "unicorn=0.9"), "no class")


def test_prices_and_signed_folders(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = shutil.copytree(embedded, tmp_path / "ws")
    name = next(iter(read_labels(sample / "truth.csv").values()))
    prices = tmp_path / "prices.csv"
    prices.write_text(f"true,{name},review\n{name},0,0.2\n")
    base = ("run", sample, tmp_path / "out", "--workspace", workspace, "--dry-run", "--json",
            "--prompts", sample / "prompts.yaml")  # fmt: skip
    promise = winnow(*base, "--costs", prices).json["promise"]
    assert promise["costs"]["look"] == 0.2
    assert 0 < promise["mean_cost"] <= 0.2
    signed = winnow(*base, "--signed").json["promise"]
    assert (signed["kept"], signed["review"], signed["thresholds"]) == (False, 60, {})


def test_recalls_groups_and_what_a_stricter_promise_withdraws(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = ("--workspace", shutil.copytree(embedded, tmp_path / "ws"))
    truth = list(read_labels(sample / "truth.csv").items())
    table, prompts = tmp_path / "random.csv", tmp_path / "grouped.yaml"
    table.write_text("path,label\n" + "".join(f"{p},{c}\n" for p, c in truth[::4] + truth[1::4]))
    winnow("labels", "import", sample, table, *workspace, "--random")
    names = [name for name, _ in Counter(dict(truth).values()).most_common()]
    inside = "".join(f"      {name}: [a photo of {name}]\n" for name in names[:2])
    rest = "".join(f"  {name}: [a photo of {name}]\n" for name in names[2:])
    prompts.write_text(f"classes:\n  pair:\n    children:\n{inside}{rest}")
    asked = ("run", sample, *workspace, "--prompts", prompts, "--json")
    first = winnow(
        *asked, tmp_path / "one", "--precision", "0.5", "--precision", f"{names[0]}=0.999"
    )
    promise = first.json["promise"]
    assert promise["thresholds"][names[0]] is None
    (whole,) = [part for part in promise["parts"] if part.get("by_group")]
    assert whole["by_group"] == [names[0]]
    of_group = winnow(*asked, tmp_path / "x", "--precision", "pair=0.5", "--dry-run").json[
        "promise"
    ]
    assert [part["name"] for part in of_group["parts"]] == ["pair"]
    strict = winnow(
        *asked, tmp_path / "two", "--precision", "0.99", "--recall", "pair=0.9", "--dry-run"
    ).json
    promise = strict["promise"]
    assert promise["recall"]["pair"] == {"level": 0.9, "kept": False, "threshold": None}
    assert promise["kept"] is False
    back = {one["path"] for one in promise["withdrawn"]}
    sorted_by_machine = {
        one["path"]
        for one in json.loads((tmp_path / "one" / "manifest.json").read_text())["files"]
        if not one["review"] and one["source"] != "human"
    }
    assert back == sorted_by_machine != set()
    refused(winnow(*asked[:-1], tmp_path / "y", "--recall", "0.9"), "--recall is of a class")
