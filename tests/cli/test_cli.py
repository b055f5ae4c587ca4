"""The command line's contract: JSON, exit codes, one clear sentence for what cannot be done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLE
from hostile import write_hostile_folder
from PIL import Image

from core import cli
from core.encoders import registry
from core.export.record.run import load_manifest
from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels.sqlite import labels_digest


@pytest.fixture(autouse=True)
def one_starter(starter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands share the session's starter, which takes seconds to load; other names are real."""
    real = registry.load_encoder

    def load(spec: str, *arguments: Any, **options: Any) -> Any:
        usual = spec == "starter" and arguments[:1] == ("auto",)
        return starter if usual else real(spec, *arguments, **options)

    monkeypatch.setattr(registry, "load_encoder", load)


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


@pytest.fixture
def winnow(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return call


def refused(outcome: Outcome, *parts: str) -> None:
    """Exit code 2, nothing on stdout, and one sentence that holds ``parts``."""
    assert outcome.code == 2, (outcome.out, outcome.err)
    assert outcome.out == ""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("winnow: ")
    for part in parts:
        assert part in lines[0]


def test_embed_says_what_it_did(winnow, sample: Path, tmp_path: Path) -> None:
    first = winnow("embed", sample, "--workspace", tmp_path / "ws", "--json")
    assert first.code == 0
    wanted = {"images", "embedded", "reused", "rejected", "seconds", "images_per_second", "device"}
    assert wanted | {"model"} <= set(first.json)
    assert (first.json["images"], first.json["embedded"], first.json["reused"]) == (60, 60, 0)
    assert first.json["model"] == "starter"
    second = winnow("embed", sample, "--workspace", tmp_path / "ws", "--json", "--quiet")
    assert (second.json["embedded"], second.json["reused"]) == (0, 60)
    assert second.err == ""


def test_the_first_run_says_that_it_uses_the_starter(winnow, sample: Path, tmp_path: Path) -> None:
    outcome = winnow("embed", sample, "--workspace", tmp_path / "ws")
    assert "offline starter model" in outcome.err
    assert "60 images" in outcome.out


def test_run_sorts_every_image(winnow, sample: Path, embedded: Path, tmp_path: Path) -> None:
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


def test_bare_class_names_and_labels(winnow, sample: Path, embedded: Path, tmp_path: Path) -> None:
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
    said = load_manifest(tmp_path / "out")["labels"]
    assert (said["count"], said["digest"]) == (1, labels_digest({entry["id"]: wrong}))
    assert (said["classes"], said["from_file"]) == ({entry["id"]: wrong}, [entry["id"]])


def test_a_dry_run_writes_nothing(winnow, sample: Path, embedded: Path, tmp_path: Path) -> None:
    outcome = winnow(
        "run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--dry-run", "--json",
    )  # fmt: skip
    assert outcome.code == 0
    assert outcome.json["dry_run"] is True
    assert sum(outcome.json["classes"].values()) == 60
    assert not (tmp_path / "out").exists()


def test_evaluate_has_the_keys_of_the_contract(winnow, sample: Path, embedded: Path) -> None:
    outcome = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--json",
    )  # fmt: skip
    result = outcome.json
    wanted = {"accuracy", "macro_f1", "n", "per_class", "confusion", "top_k", "ece"}
    assert wanted <= set(result)
    assert result["n"] == 60
    assert {"1", "3", "5"} == set(result["top_k"])
    assert {"labels", "counts"} == set(result["confusion"])
    one = next(iter(result["per_class"].values()))
    assert {"precision", "recall", "f1", "support", "f1_low", "f1_high"} <= set(one)


def test_refinement_logs_its_iterations(winnow, tmp_path: Path, starter: Any) -> None:
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
    winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    ws = ("--workspace", embedded, "--dry-run")
    assert "fewer than 100 images" in winnow(*arguments, *ws, "--refine").err
    assert "fewer than 100 images" not in winnow(*arguments, *ws).err


def test_images_with_several_possible_classes_go_to_review(
    winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    few = winnow(*arguments, "--workspace", embedded, "--review-conformal", "0.8")
    refused(few, "needs 4 labels of audit images", "there are 0")
    refused(winnow(*arguments, "--workspace", embedded, "--review-conformal", "1"), "share between")
    root = tmp_path / "ws"
    shutil.copytree(embedded, root)
    project, truth = Project.open(sample, root), read_labels(sample / "truth.csv")
    drawn = [project.pool().paths[row] for row in project.audit_stream()[:20]]
    lines = ["path,label", *(f"{path},{truth[path]}" for path in drawn)]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    given = ("--labels", tmp_path / "labels.csv", "--workspace", root)
    review = {}
    for level in ("0.5", "0.8"):
        outcome = winnow(*arguments, *given, "--review-conformal", level, "--dry-run", "--json")
        assert outcome.code == 0, outcome.err
        review[level] = {f["path"]: f for f in outcome.json["files"] if f["review"]}
        assert outcome.json["review"] == len(review[level])
    assert review["0.5"].keys() <= review["0.8"].keys()
    assert review["0.8"], "of forty images without a label some leave several classes open"
    for entry in review["0.8"].values():
        assert "classes are possible at 80%" in entry["review_reason"]
        assert entry["source"] != "human"


def test_labels_go_out_and_come_back(winnow, sample: Path, embedded: Path, tmp_path: Path) -> None:
    truth = read_labels(sample / "truth.csv")
    workspace = ("--workspace", tmp_path / "ws")
    winnow("embed", sample, *workspace)
    outcome = winnow("labels", "import", sample, sample / "truth.csv", *workspace, "--json")
    assert (outcome.json["imported"], outcome.json["unknown_paths"]) == (60, 0)
    assert sum(outcome.json["unknown_classes"].values()) == 60  # this workspace has none yet
    file = tmp_path / "labels.csv"
    assert winnow("labels", "export", sample, file, *workspace, "--json").json["exported"] == 60
    assert read_labels(file) == truth


def test_models_lists_the_starter_first(winnow) -> None:
    models = winnow("models", "--json").json["models"]
    assert models[0]["spec"] == "starter"
    assert models[0]["cached"] is True
    assert all(m["download_bytes"] > 10**8 for m in models[1:])
    assert "starter" in winnow("models").out


def test_a_hostile_folder_goes_through(winnow, tmp_path: Path) -> None:
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


def test_what_cannot_be_done_is_said(winnow, sample: Path, embedded: Path, tmp_path: Path) -> None:
    ws = ("--workspace", embedded)
    out = tmp_path / "out"
    refused(winnow("embed", tmp_path / "nowhere", *ws), "does not exist")
    (tmp_path / "empty").mkdir()
    refused(winnow("embed", tmp_path / "empty", "--quiet"), "is empty")
    refused(winnow("embed", sample, "--model", "ViT-B-99/none", *ws), "ViT-B-99")
    refused(winnow("embed", sample, "--batch-size", "many", *ws), "batch size")
    refused(winnow("embed", sample, "--device", "tpu", *ws), "tpu")
    refused(winnow("run", sample, sample / "out", "a", "b", *ws), "inside the image folder")
    refused(winnow("run", sample, sample.parent, "a", "b", *ws), "contains the image folder")
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("x")
    refused(winnow("run", sample, full, "a", "b", *ws), "not empty")
    refused(winnow("run", sample, full / "file" / "out", "a", "b", *ws), "is a file")
    refused(winnow("run", sample, out, "only", *ws), "only one class")
    refused(winnow("run", sample, out, "a", "A", *ws), "twice")
    refused(
        winnow("run", sample, out, "a", "b", "--prompts", sample / "prompts.yaml", *ws), "twice"
    )
    refused(winnow("run", sample, out, "a", "b", "--splits", "0.7,0.2", *ws), "three shares")
    refused(winnow("run", sample, out, "a", "b", "--review-below", "7", *ws), "probability")
    refused(winnow("run", sample, out, "a", "b", "--labels", tmp_path / "no.csv", *ws), "no.csv")
    refused(winnow("evaluate", sample, "a", "b", "--truth", tmp_path / "no.csv", *ws), "no.csv")
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("classes: [", "line 1 is not valid YAML"),
        ("classes:\n  a: []\n  b: [x]\n", "'a' has no prompts"),
        ("classes:\n  a: [x]\n", "only one class"),
        ("prompts:\n  a: [x]\n", "no 'classes'"),
    ],
)
def test_bad_prompts_files_are_said(
    winnow, sample: Path, embedded: Path, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "prompts.yaml"
    path.write_text(text)
    refused(winnow("run", sample, tmp_path / "o", "--prompts", path, "--workspace", embedded), said)


def test_an_unwritable_out_is_said(
    winnow, sample: Path, embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    real = os.access  # root may write anywhere, so the question is answered for it
    monkeypatch.setattr(os, "access", lambda p, m: Path(p) != locked and real(p, m))
    outcome = winnow("run", sample, locked / "out", "a", "b", "--workspace", embedded)
    refused(outcome, "does not allow it")


def test_without_classes_the_workspaces_own_are_used(
    winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    outcome = winnow("run", sample, tmp_path / "o", "--workspace", embedded, "--dry-run")
    assert outcome.code == 0
    assert "workspace's own 10 classes" in outcome.err
    (tmp_path / "images").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "images/a.png")
    refused(winnow("run", tmp_path / "images", tmp_path / "o"), "There are no classes")


def test_errors_with_json_are_json_too(winnow, tmp_path: Path) -> None:
    outcome = winnow("embed", tmp_path / "nowhere", "--json")
    assert outcome.code == 2
    assert "does not exist" in outcome.json["error"]


def test_the_installed_command_answers(home: Path) -> None:
    command = Path(sys.executable).with_name("winnow")
    done = subprocess.run([command, "embed", "/nowhere"], capture_output=True, text=True, cwd=home)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "The folder /nowhere does not exist" in done.stderr
    usage = subprocess.run([command, "embed"], capture_output=True, text=True, cwd=home)
    assert usage.returncode == 2


def test_listing_models_imports_no_torch(home: Path) -> None:
    code = (
        "import sys; from core.cli import main; main(['models', '--quiet'][:1]); "
        "assert 'torch' not in sys.modules, 'torch'; assert 'open_clip' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=home)
    assert done.returncode == 0, done.stderr
