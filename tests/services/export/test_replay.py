"""A run repeated from its manifest: the same bit by bit, or what differs is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import cli
from core.encoders import registry
from core.export.record.run import load_manifest
from core.project.project import Project
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.replay import replay
from core.services.predict.predicting import predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def one_starter(starter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command shares the session's starter, which takes seconds to load."""
    real = registry.load_encoder
    monkeypatch.setattr(
        registry,
        "load_encoder",
        lambda spec, *rest, **more: starter if spec == "starter" else real(spec, *rest, **more),
    )


@pytest.fixture
def exported(project: Project, tmp_path: Path) -> Path:
    """An export with labels of people, splits and a review band."""
    truth = sorted(read_labels(project.workspace.images / "truth.csv").items())
    rows, ids = project.pool().rows_by_path, project.pool().ids
    events = [Event(ids[rows[path]], label) for path, label in truth[::3]]
    project.labels.add(events, "ann", "test")
    review = {"review_margin": 0.05, "review_ratio": 1.3}
    return run(project, tmp_path / "out", {}, **review, splits=(0.6, 0.2, 0.2))


def run(project: Project, out: Path, extra: dict[str, str], **changes: Any) -> Path:
    settings = {"mode": "symlink", "splits": None, "review_below": 0.3, "seed": 4, **changes}
    snapshot = project.snapshot().with_labels(extra)
    predictions = predict(snapshot, refined=True)
    plan = runs.plan(snapshot, predictions, [("bad.jpg", "no image")], runs.options(**settings))
    runs.write(snapshot, predictions, plan, out, Report(), refined=True)
    return out


def replayed(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of ``winnow replay``."""
    import contextlib
    import io

    said = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(said):
        try:
            cli.main(["replay", *map(str, arguments), "--json", "--quiet"])
        except SystemExit as end:
            code = int(end.code or 0)
    return code, json.loads(said.getvalue())


def kinds(told: dict[str, Any]) -> dict[str, list[str]]:
    return {entry["kind"]: entry["images"] for entry in told["differences"]}


def test_a_fresh_workspace_gives_the_same_assignment(exported: Path, tmp_path: Path) -> None:
    code, told = replayed(
        exported / "manifest.json", "--workspace", tmp_path / "fresh", "--out", tmp_path / "again"
    )
    # Embedded anew, in batches of another size, a vector may differ in its last bit.
    assert (code, told["same"], told["images"]) == (0, True, 60)
    assert set(kinds(told)) <= {"probabilities"}
    assert (tmp_path / "again/splits.csv").read_bytes() == (exported / "splits.csv").read_bytes()
    one, two = (load_manifest(folder)["files"] for folder in (exported, tmp_path / "again"))
    for then, now in zip(one, two, strict=True):
        assert abs(then.pop("probability") - now.pop("probability")) < 1e-4
        assert then == now


def test_its_own_workspace_gives_the_same_assignment(exported: Path, project: Project) -> None:
    code, told = replayed(exported, "--workspace", project.workspace.root)
    assert (code, told["differences"]) == (0, [])


def test_a_changed_label_is_named(exported: Path, project: Project) -> None:
    metadata = json.loads((exported / "metadata.json").read_bytes())["images"]
    entry = next(entry for entry in metadata if entry["source"] == "human")
    other = next(name for name in project.classes().names if name != entry["class"])
    project.labels.add([Event(entry["id"], other)], "ann", "test")
    code, told = replayed(exported, "--workspace", project.workspace.root)
    assert (code, told["same"]) == (1, False)
    (label,) = [entry for entry in told["differences"] if entry["kind"] == "labels"]
    assert label["images"] == [entry["path"]]
    assert f"relabeled from {entry['class']!r} to {other!r}" in label["text"]
    assert entry["path"] in kinds(told)["assignment"]


def test_labels_taken_back_and_added_are_named(exported: Path, project: Project) -> None:
    with sqlite3.connect(project.workspace.labels) as connection:
        ((batch,),) = connection.execute("SELECT DISTINCT batch_id FROM events").fetchall()
    connection.close()
    metadata = json.loads((exported / "metadata.json").read_bytes())["images"]
    other = next(entry for entry in metadata if entry["source"] == "model")
    project.labels.undo(batch, "ann")
    project.labels.add([Event(other["id"], other["class"])], "bob", "test")
    code, told = replayed(exported, "--workspace", project.workspace.root)
    texts = [entry["text"] for entry in told["differences"] if entry["kind"] == "labels"]
    assert code == 1
    assert any("labeled" in text and "since the run" in text for text in texts)
    assert sum("no longer labeled" in text for text in texts) > 1


def test_labels_of_a_file_are_repeated_beside_those_of_the_workspace(
    project: Project, tmp_path: Path
) -> None:
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(ids[0], names[0])], "ann", "test")
    out = run(project, tmp_path / "out", {ids[1]: names[1], ids[2]: names[0]})
    assert load_manifest(out)["labels"]["from_file"] == [ids[1], ids[2]]
    assert replayed(out, "--workspace", project.workspace.root)[0] == 0
    assert replayed(out, "--workspace", tmp_path / "fresh")[0] == 0


def test_missing_new_and_changed_images_are_named(
    exported: Path, sample: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    shutil.copytree(sample, images)
    paths = sorted(p.relative_to(images).as_posix() for p in images.rglob("*.jpg"))
    (images / paths[0]).rename(images / "renamed.jpg")
    shutil.copyfile(images / paths[2], images / paths[1])
    code, told = replayed(exported, images, "--workspace", tmp_path / "ws")
    found = kinds(told)
    assert code == 1
    assert found["images_missing"] == [paths[0]]
    assert found["images_new"] == ["renamed.jpg"]
    assert found["images_changed"] == [paths[1]]


@pytest.mark.parametrize(
    ("edit", "kind", "words"),
    [
        (lambda m: m["encoder"].update(identity="other"), "encoder", "The model was starter"),
        (lambda m: m["labels"].update(digest="00"), "labels", "not those it was written with"),
        (lambda m: m["files"][0].update(split="x"), "assignment", "1 image with another split"),
        (lambda m: m["files"].pop(3), "images_new", "1 image new since the run"),
    ],
)
def test_what_the_manifest_says_otherwise_is_told(
    exported: Path, project: Project, edit: Edit, kind: str, words: str
) -> None:
    manifest = load_manifest(exported)
    edit(manifest)
    result = replay(project.snapshot(), manifest, [])
    assert not result.same
    (found,) = [entry for entry in result.differences if entry.kind == kind]
    assert words in found.text and words in result.as_text()


def test_other_versions_alone_are_no_difference(exported: Path, project: Project) -> None:
    manifest = load_manifest(exported)
    manifest["packages"]["numpy"] = "1.0"
    manifest["probabilities_digest"] = "00"
    manifest["files"][0]["probability"] += 0.000001
    result = replay(project.snapshot(), manifest, [])
    assert result.same and not result.bit_identical
    told = {entry.kind: entry.text for entry in result.differences}
    assert set(told) == {"probabilities", "packages"}
    assert "0.000001 at most" in told["probabilities"] and "numpy 1.0 -> " in told["packages"]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda m: m["options"].clear(), "lacks a proper entry 'options.export'"),
        (lambda m: m["options"]["export"].update(formats=["tar"]), "Unknown format 'tar'"),
        (lambda m: m["options"]["export"].update(seed="x"), "entry 'options.export.seed'"),
        (lambda m: m["prompts"].popitem(), "prompts of every class"),
        (lambda m: m["prompts"].update({m["classes"][0]: [1]}), "lacks a proper entry 'prompts."),
        (lambda m: m["files"][0].pop("id"), "lacks a proper entry 'files.0.id'"),
        (lambda m: m["encoder"].clear(), "does not name the model"),
        (lambda m: m.update(images_root=None), "does not name the image folder"),
        (lambda m: m["labels"].update(classes=[1]), "lacks a proper entry 'labels.classes'"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(
    exported: Path, project: Project, tmp_path: Path, edit: Edit, words: str
) -> None:
    manifest = load_manifest(exported)
    edit(manifest)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    code, told = replayed(path, "--workspace", project.workspace.root)
    assert code == 2
    assert words in told["error"]
