"""``winnow labels from-export`` and ``undo``: the contract of scripts, refusals in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.outcomes import Winnow, refused

from core.project.project import Project


def export(winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path) -> tuple[Path, Path]:
    workspace, out = shutil.copytree(embedded, tmp_path / "ws"), tmp_path / "out"
    winnow("run", sample, out, "--workspace", workspace, "--mode", "symlink")
    return out, workspace


def first(out: Path, label: str, number: int = 0) -> Path:
    return sorted((out / label).iterdir())[number]


def test_corrections_come_back_and_go_again(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    out, workspace = export(winnow, sample, embedded, tmp_path)
    names = [n for n in Project.open(sample, workspace).classes().names if any((out / n).glob("*"))]
    one, two = names[:2]
    first(out, one).rename(out / two / "corrected.jpg")
    first(out, one).rename(out / one / "renamed.jpg")
    (out / "news").mkdir()
    first(out, two).rename(out / "news" / "a.jpg")
    options = ("--workspace", workspace, "--annotator", "ann")
    outcome = winnow("labels", "from-export", out, *options, "--json")
    told = outcome.json
    assert {key: told[key] for key in ("moved", "deleted", "renamed", "unknown", "labels")} == {
        "moved": 1, "deleted": 0, "renamed": 1, "unknown": 1, "labels": 1,
    }  # fmt: skip
    assert told["copies"][0]["unknown_folders"] == {"news": 1}
    labels = Project.open(sample, workspace).labels
    assert list(labels.classes().values()) == [two]
    assert {label.annotator for label in labels.current().values()} == {"ann"}
    text = winnow("labels", "from-export", out, *options).out
    assert "No new label." in text and "No class is called like these folders: news (1)" in text
    undone = winnow("labels", "undo", sample, told["batch"], "--workspace", workspace, "--json")
    assert undone.json == {"undone": 1}
    assert Project.open(sample, workspace).labels.classes() == {}
    again = winnow("labels", "undo", sample, told["batch"], "--workspace", workspace)
    refused(again, "no batch", "taken back already")


def test_two_copies_give_kappa(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    out, workspace = export(winnow, sample, embedded, tmp_path)
    second = tmp_path / "second"
    shutil.copytree(out, second, symlinks=True)
    names = [n for n in Project.open(sample, workspace).classes().names if any((out / n).glob("*"))]
    first(second, names[0]).rename(second / names[1] / "x.jpg")
    read = ("labels", "from-export", out, second, "--workspace", workspace)
    told = winnow(*read, "--json").json
    assert 0 < told["kappa"] < 1 and told["disputed_count"] == 1 and told["labels"] == 2
    disputed = told["disputed"][0]
    assert {key: disputed[key] for key in ("out", "second")} == {
        "out": names[0], "second": names[1],
    }  # fmt: skip
    assert "Cohen's kappa" in winnow(*read).out
    refused(winnow(*read, "--annotator", "ann"), "2 copies and 1 annotators")
    refused(winnow(*read, "--annotator", "ann", "--annotator", "ann"), "would be ann's")
    refused(winnow("labels", "from-export", out, out, out, "--workspace", workspace), "Two copies")


def test_an_export_is_of_its_question(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    _, workspace = export(winnow, sample, embedded, tmp_path)
    winnow("questions", "add", sample, "colours", "--workspace", workspace)
    out = tmp_path / "colours"
    run = ("run", sample, out, "red", "blue", "--workspace", workspace, "--question", "colours")
    assert winnow(*run, "--mode", "symlink").code == 0
    here, there = ("red", "blue") if any((out / "red").glob("*")) else ("blue", "red")
    first(out, here).rename(out / there / "x.jpg")
    outcome = winnow("labels", "from-export", out, "--workspace", workspace, "--json")
    assert outcome.json["labels"] == 1 and "of the question colours" in outcome.err
    assert Project.open(sample, workspace).labels.classes() == {}
    assert list(Project.open(sample, workspace, "colours").labels.classes().values()) == [there]


def test_what_is_no_export_is_refused(winnow: Winnow, tmp_path: Path) -> None:
    refused(winnow("labels", "from-export", tmp_path), "no manifest", "finished export")
    (tmp_path / "manifest.json").write_text("[[[")
    refused(winnow("labels", "from-export", tmp_path), "not valid JSON")


def test_an_export_of_images_that_nobody_embedded_is_refused(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    out, _ = export(winnow, sample, embedded, tmp_path)
    read = ("labels", "from-export", out, "--workspace", tmp_path / "new")
    refused(winnow(*read), "is embedded", "embed them first")
