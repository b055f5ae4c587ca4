"""``winnow run``: every image in its place, and one sentence for what cannot be done."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.outcomes import Winnow, refused
from conftest import SAMPLE
from hostile import write_hostile_folder
from PIL import Image

from core.embedding.run import embed
from core.export.record.run import load_manifest
from core.project.project import Project
from core.prompts.templates import expand
from core.services.prompts.refining import use_refinement
from core.store.csv_tables import read_labels
from core.store.labels.base import labels_digest
from core.store.workspace import load


@pytest.fixture(scope="module")
def embedded_whole(starter: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the whole sample, embedded."""
    root = tmp_path_factory.mktemp("whole") / "ws"
    embed(Project.open(SAMPLE, root).workspace, starter)
    return root


@pytest.fixture
def whole(embedded_whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(embedded_whole, tmp_path / "ws"))


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
    embedded = Path(shutil.copytree(embedded, tmp_path / "workspace"))  # it remembers its exports
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


def test_refinement_logs_its_iterations(winnow: Winnow, tmp_path: Path, whole: Path) -> None:
    arguments = ("--prompts", SAMPLE / "prompts.yaml", "--truth", SAMPLE / "truth.csv", "--json")
    workspace = ("--workspace", whole)
    plain = winnow("evaluate", SAMPLE, *arguments, *workspace)
    assert plain.json["n"] > 400
    assert plain.json["accuracy"] >= 0.60
    out = tmp_path / "out"
    refined = winnow("run", SAMPLE, out, *arguments[:2], *workspace, "--refine", "--json")
    assert refined.code == 0
    assert "refining 10" in refined.err
    steps = load_manifest(out)["options"]["refinement"]
    told = refined.json["refinement"]
    assert (told["asked"], told["refined"], told["steps"]) == ("yes", True, steps)
    assert [step["iteration"] for step in steps] == list(range(1, 11))
    assert steps[0].keys() == {
        "iteration", "weight", "moved_share", "active_classes", "mean_confidence"
    }  # fmt: skip
    lines = (out / "report.txt").read_text().splitlines()
    start = lines.index("Refinement of the prompts") + 2
    assert lines[start].startswith("- 1: text weight 0.95, ")
    assert lines[start + 9].startswith("- 10: text weight 0.60, ")
    # What an earlier command computed must not make a later one silent.
    again = winnow(
        "run", SAMPLE, tmp_path / "b", *arguments[:2], *workspace, "--refine", "--dry-run"
    )
    assert [line for line in again.err.splitlines() if "refining" in line] == [
        line for line in refined.err.splitlines() if "refining" in line
    ]


def test_auto_refines_from_a_hundred_images_on(winnow: Winnow, whole: Path) -> None:
    arguments = ("evaluate", SAMPLE, "--truth", SAMPLE / "truth.csv")
    classes = ("--prompts", SAMPLE / "prompts.yaml", "--workspace", whole, "--json")
    figures = {}
    for words in (("--refine", "auto"), ("--refine=yes",), ("--refine",), ("--no-refine",), ()):
        outcome = winnow(*arguments, *words, *classes)
        assert outcome.code == 0, outcome.err
        figures[words] = outcome.json
    told = [content["refinement"]["asked"] for content in figures.values()]
    assert told == ["auto", "yes", "yes", "no", "no"]
    assert [bool(c["refinement"]["steps"]) for c in figures.values()] == [True] * 3 + [False] * 2
    accuracies = [content["accuracy"] for content in figures.values()]
    assert len(set(accuracies[:3])) == len(set(accuracies[3:])) == 1
    wrong = winnow(*arguments, "--refine=perhaps", *classes)
    assert wrong.code == 2 and "'perhaps' is not one of 'auto', 'yes', 'no'" in wrong.err


def test_a_question_that_is_set_to_be_refined_is(
    winnow: Winnow, tmp_path: Path, whole: Path
) -> None:
    truth, workspace = SAMPLE / "truth.csv", whole
    prompts = ("--prompts", SAMPLE / "prompts.yaml")
    common = ("--truth", truth, "--workspace", workspace, "--json", *prompts)
    assert winnow("evaluate", SAMPLE, *common).json["refinement"]["refined"] is False
    use_refinement(load(workspace), True)
    assert winnow("evaluate", SAMPLE, *common).json["refinement"]["asked"] == "yes"
    assert winnow("evaluate", SAMPLE, *common, "--no-refine").json["refinement"]["steps"] == []
    out = tmp_path / "out"
    ran = winnow("run", SAMPLE, out, *prompts, "--workspace", workspace, "--mode", "symlink")
    assert "refining 10" in ran.err
    assert load_manifest(out)["options"]["refined"] is True


def test_too_few_images_to_refine_from_is_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    ws = ("--workspace", embedded, "--dry-run")
    assert "fewer than 100 images" in winnow(*arguments, *ws, "--refine").err
    assert "fewer than 100 images" in winnow(*arguments, *ws, "--refine", "auto").err
    assert "fewer than 100 images" not in winnow(*arguments, *ws).err


def test_images_hardly_more_probable_than_the_second_class_go_to_review(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    embedded = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    out = tmp_path / "out"
    arguments = ("--prompts", sample / "prompts.yaml", "--workspace", embedded, "--json")
    refused(
        winnow("run", sample, out, *arguments[:-1], "--review-ratio", "0.5"),
        "review ratio", "from 1 on, not 0.5",
    )  # fmt: skip
    outcome = winnow("run", sample, out, *arguments, "--review-ratio", "1.10")
    assert outcome.code == 0, outcome.err
    assert load_manifest(out)["options"]["export"]["review_ratio"] == 1.1
    entries = json.loads((out / "metadata.json").read_text())["images"]
    ratios = {e["path"]: np.divide(*sorted(e["scores"].values())[:-3:-1]) for e in entries}
    review = {entry["path"] for entry in entries if entry["review"]}
    assert review, "of sixty images some are close"
    for path, ratio in ratios.items():
        if abs(ratio - 1.1) > 1e-4:  # scores are rounded in the record
            assert (path in review) == (ratio < 1.1), path
    again = winnow("replay", out / "manifest.json", "--workspace", embedded, "--json")
    assert again.code == 0 and again.json["same"], again.out


def test_numbers_as_class_names_get_the_prompts_of_digits(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    def prompts(*words: object) -> tuple[dict[str, list[str]], str | None, str]:
        out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        outcome = winnow(
            "run", sample, out, *words, "--workspace", embedded, "--mode", "symlink", "--json"
        )
        assert outcome.code == 0, outcome.err
        manifest = load_manifest(out)
        assert manifest["options"]["family"] == outcome.json["family"]
        return manifest["prompts"], outcome.json["family"], outcome.err

    embedded = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    numbers = ("0", "1", "other")
    own, family, notes = prompts(*numbers)
    assert own["0"] == ["the digit zero", "handwritten number 0", "digit 0"]
    assert own["other"] == list(expand("other"))
    assert family == "digits"
    assert "family digits" in notes and "--family signs" in notes and "--family none" in notes
    own, family, notes = prompts(*numbers, "--family", "sign-language")
    assert own["1"] == ["hand sign for one", "a hand showing the number 1"]
    assert (family, "family" in notes) == ("signs", False)
    own, family, notes = prompts(*numbers, "--family", "none")
    assert own["1"] == list(expand("1"))
    assert (family, "family" in notes) == ("general", False)
    own, family, notes = prompts("packaged", "unpackaged")
    assert own["packaged"] == list(expand("packaged"))
    assert (family, "--family products" in notes) == ("general", True)
    assert prompts("--prompts", sample / "prompts.yaml")[1] is None


def test_a_family_that_cannot_be_used_is_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    start, ws = ("run", sample, tmp_path / "out"), ("--workspace", embedded)
    refused(
        winnow(*start, "0", "1", "--family", "cats", *ws), "no family of prompts 'cats'", "auto"
    )
    prompts = sample / "prompts.yaml"
    outcome = winnow(*start, "--prompts", prompts, "--family", "digits", *ws)
    refused(outcome, "--family digits", str(prompts), "prompts of its own")
    refused(winnow(*start, "--family", "digits", *ws), "the workspace has prompts of its own")
    assert winnow(*start, "--family", "auto", "--dry-run", *ws).code == 0


def test_images_with_several_possible_classes_go_to_review(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    arguments = ("run", sample, tmp_path / "out", "--prompts", sample / "prompts.yaml")
    few = winnow(*arguments, "--workspace", embedded, "--review-conformal", "0.8")
    refused(few, "needs 4 labels of random images", "there are 0")
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


def test_only_what_is_new_is_written(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    root = tmp_path / "ws"
    shutil.copytree(embedded, root)
    shared = ("--workspace", root, "--mode", "symlink", "--json")
    first = winnow("run", sample, tmp_path / "one", "--review-below", "0.6", "--only-new", *shared)
    assert first.json["written"] == 60 and "everything is new" in first.err
    review = first.json["review"]
    assert 0 < review < 60
    trial = winnow("run", sample, tmp_path / "two", "--only-new", "--dry-run", *shared)
    assert len(trial.json["files"]) == review and trial.json["dry_run"]
    second = winnow("run", sample, tmp_path / "two", "--only-new", *shared)
    assert second.json["written"] == review and second.code == 0
    content = json.loads((tmp_path / "two" / "manifest.json").read_text())
    assert content["options"]["delta"]["since"] == "one"
    third = winnow("run", sample, tmp_path / "three", "--only-new", *shared)
    assert (third.code, third.json["written"], third.json["dry_run"]) == (0, 0, False)
    assert not (tmp_path / "three").exists()
    again = winnow("replay", tmp_path / "two" / "manifest.json", "--workspace", root, "--json")
    assert again.json["same"] and again.json["images"] == review
