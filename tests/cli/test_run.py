"""``winnow run``: every image in its place, and one sentence for what cannot be done."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from cli.outcomes import Winnow, refused
from conftest import SAMPLE
from hostile import write_hostile_folder
from PIL import Image

from core.export.record.run import load_manifest
from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels.base import labels_digest


def test_run_sorts_every_image(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    embedded = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    out = tmp_path / "deep" / "out"
    outcome = winnow(
        "run", sample, out, "--prompts", sample / "prompts.yaml", "--workspace", embedded,
        "--splits", "0.7,0.15,0.15", "--review-below", "0.4", "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert (result["images"], result["written"], result["rejected"]) == (60, 60, 0)
    assert sum(result["classes"].values()) + result["review"] == 60
    for name, count in result["classes"].items():
        folder = out / name
        assert (len(list(folder.iterdir())) if folder.exists() else 0) == count
    metadata = json.loads((out / "metadata.json").read_text())
    assert len(metadata["images"]) == 60
    for entry in metadata["images"]:
        assert (out / entry["file"]).read_bytes() == (sample / entry["path"]).read_bytes()
    assert load_manifest(Path(result["manifest"]))["counts"]["written"] == 60
    assert "starter" in (out / "report.txt").read_text()
    assert list((embedded / "runs").iterdir())


def test_bare_class_names_and_labels(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    truth = read_labels(sample / "truth.csv")
    names = sorted(set(truth.values()))
    path = next(iter(truth))
    wrong = next(name for name in names if name != truth[path])
    (tmp_path / "labels.csv").write_text(f"path,label\n{path},{wrong}\n")
    outcome = winnow(
        "run", sample, tmp_path / "out", *names, "--labels", tmp_path / "labels.csv",
        "--workspace", embedded, "--json", "--mode", "symlink",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    entries = json.loads((tmp_path / "out/metadata.json").read_text())["images"]
    entry = next(e for e in entries if e["path"] == path)
    assert (entry["class"], entry["source"]) == (wrong, "human")
    assert {e["source"] for e in entries if e["path"] != path} == {"model"}
    assert (tmp_path / "out" / entry["file"]).is_symlink()
    record = load_manifest(tmp_path / "out")["labels"]
    assert (record["count"], record["digest"]) == (1, labels_digest({entry["id"]: wrong}))
    assert (record["classes"], record["from_file"]) == ({entry["id"]: wrong}, [entry["id"]])


def test_a_dry_run_writes_nothing(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    outcome = winnow(
        "run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--dry-run", "--json",
    )  # fmt: skip
    assert outcome.code == 0
    assert outcome.json["dry_run"] is True
    assert sum(outcome.json["classes"].values()) == 60
    assert not (tmp_path / "out").exists()


def test_refinement_logs_its_iterations(winnow: Winnow, tmp_path: Path, starter: Any) -> None:
    arguments = ("--prompts", SAMPLE / "prompts.yaml", "--truth", SAMPLE / "truth.csv", "--json")
    workspace = ("--workspace", tmp_path / "ws")
    plain = winnow("evaluate", SAMPLE, *arguments, *workspace)
    assert plain.json["n"] > 400
    assert plain.json["accuracy"] >= 0.60
    out = tmp_path / "out"
    refined = winnow("run", SAMPLE, out, *arguments[:2], *workspace, "--refine")
    assert refined.code == 0
    assert "refining 10" in refined.err
    assert len(load_manifest(out)["options"]["refinement"]) == 10
    # What an earlier command computed must not make a later one silent.
    again = winnow(
        "run", SAMPLE, tmp_path / "b", *arguments[:2], *workspace, "--refine", "--dry-run"
    )
    assert [line for line in again.err.splitlines() if "refining" in line] == [
        line for line in refined.err.splitlines() if "refining" in line
    ]


def test_too_few_images_to_refine_from_is_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    ws = ("--workspace", embedded, "--dry-run")
    assert "fewer than 100 images" in winnow(*arguments, *ws, "--refine").err
    assert "fewer than 100 images" not in winnow(*arguments, *ws).err


def test_images_with_several_possible_classes_go_to_review(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    few = winnow(*arguments, "--workspace", embedded, "--review-conformal", "0.8")
    refused(few, "needs 4 labels of audit images", "there are 0")
    refused(winnow(*arguments, "--workspace", embedded, "--review-conformal", "1"), "share between")
    root = tmp_path / "ws"
    shutil.copytree(embedded, root)
    project, truth = Project.open(sample, root), read_labels(sample / "truth.csv")
    drawn = [project.pool().paths[row] for row in project.snapshot().audit_order[:20]]
    lines = ["path,label", *(f"{path},{truth[path]}" for path in drawn)]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    labels = ("--labels", tmp_path / "labels.csv", "--workspace", root)
    review = {}
    for level in ("0.5", "0.8"):
        outcome = winnow(*arguments, *labels, "--review-conformal", level, "--dry-run", "--json")
        assert outcome.code == 0, outcome.err
        review[level] = {f["path"]: f for f in outcome.json["files"] if f["review"]}
        assert outcome.json["review"] == len(review[level])
    assert review["0.5"].keys() <= review["0.8"].keys()
    assert review["0.8"], "of forty images without a label some leave several classes open"
    for entry in review["0.8"].values():
        assert "classes are possible at 80%" in entry["review_reason"]
        assert entry["source"] != "human"


def test_a_hostile_folder_goes_through(winnow: Winnow, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    expected = write_hostile_folder(folder)
    good = {path for path, outcome in expected.items() if outcome == "ok"}
    outcome = winnow(
        "run", folder, tmp_path / "out", "photo", "a <b>drawing</b> / sketch", "--json",
        "--workspace", tmp_path / "ws", "--strict",
    )  # fmt: skip
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    result = outcome.json
    assert result["written"] == len(good)
    assert {r["path"] for r in result["rejections"]} >= set(expected) - good
    metadata = json.loads((tmp_path / "out/metadata.json").read_text())
    assert {entry["path"] for entry in metadata["images"]} == good
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file() and p.parent.name != "out"]
    assert len(written) == len(good)
    folders = {p.name for p in (tmp_path / "out").iterdir() if p.is_dir()}
    assert not any(set(name) & set('<>/\\:"|?*') for name in folders)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("classes: [", "line 1 is not valid YAML"),
        ("classes:\n  a: []\n  b: [x]\n", "'a' has no prompts"),
        ("classes:\n  a: [x]\n", "only one class"),
        ("prompts:\n  a: [x]\n", "no 'classes'"),
    ],
)
def test_bad_prompts_files_are_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path, text: str, part: str
) -> None:
    path = tmp_path / "prompts.yaml"
    path.write_text(text)
    refused(winnow("run", sample, tmp_path / "o", "--prompts", path, "--workspace", embedded), part)


def test_an_unwritable_out_is_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    real = os.access  # root may write anywhere, so the question is answered for it
    monkeypatch.setattr(os, "access", lambda p, m: Path(p) != locked and real(p, m))
    outcome = winnow("run", sample, locked / "out", "a", "b", "--workspace", embedded)
    refused(outcome, "does not allow it")


def test_without_classes_the_workspaces_own_are_used(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    outcome = winnow("run", sample, tmp_path / "o", "--workspace", embedded, "--dry-run")
    assert outcome.code == 0
    assert "workspace's own 10 classes" in outcome.err
    (tmp_path / "images").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "images/a.png")
    refused(winnow("run", tmp_path / "images", tmp_path / "o"), "There are no classes")
