"""Labels that were there once: said when exports or backups remember them, never without a sign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.export.record.jsonfile import write_json
from core.project.project import Project
from core.runtime.progress import Report
from core.services.data.label_loss import lost_labels
from core.services.export import runs
from core.services.predict.predicting import predict
from core.store.backups.restoring import restore_labels
from core.store.backups.taking import back_up
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore


def export(project: Project, out: Path, **labels: str) -> None:
    snapshot = project.snapshot().with_labels(labels)
    predictions = predict(snapshot)
    plan = runs.plan(snapshot, predictions, [], runs.options("symlink", None, None, 0))
    runs.write(snapshot, predictions, plan, out, Report())


def lose(project: Project) -> Project:
    """Delete the label file, as people do who tidy up, and open the workspace anew."""
    for path in project.workspace.root.glob("labels.sqlite*"):
        path.unlink()
    return Project(project.workspace)


def text_of(project: Project) -> str | None:
    lost = lost_labels(project.workspace, project.labels.ever())
    return None if lost is None else lost.as_text()


def test_an_export_with_labels_remembers_them(project: Project, tmp_path: Path) -> None:
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(i, names[0]) for i in ids[:7]], "ann", "test")
    export(project, tmp_path / "sorted")
    assert text_of(project) is None
    text = text_of(lose(project)) or ""
    assert "-sorted used 7: was" in text and str(project.workspace.labels) in text
    assert "There is no backup with more." in text
    # One answer later they are lost all the same; with as many as were used, nothing is said.
    fresh = Project(project.workspace)
    fresh.labels.add([Event(ids[0], names[0])], "ann", "test")
    assert "holds only 1 answers, but its export" in (text_of(fresh) or "")
    fresh.labels.add([Event(i, names[0]) for i in ids[:6]], "ann", "test")
    assert text_of(fresh) is None


def test_labels_that_were_taken_back_are_not_lost(project: Project, tmp_path: Path) -> None:
    ids, names = project.pool().ids, project.classes().names
    batch = project.labels.add([Event(ids[0], names[0])], "ann", "test")
    export(project, tmp_path / "sorted")
    project.labels.undo(batch, "ann")
    assert project.labels.classes() == {} and text_of(project) is None


def test_an_older_backup_put_back_on_purpose_is_no_loss(project: Project, tmp_path: Path) -> None:
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(ids[0], names[0])], "ann", "test")
    backup = back_up(project.workspace, "x")
    assert backup is not None
    project.labels.add([Event(i, names[0]) for i in ids[:9]], "ann", "test")
    export(project, tmp_path / "sorted")
    restore_labels(project.workspace, backup)
    assert len(project.labels.classes()) == 1 and text_of(project) is None


def test_exports_from_prompts_or_from_a_file_of_labels_had_none(
    project: Project, tmp_path: Path
) -> None:
    export(project, tmp_path / "a")
    ids, names = project.pool().ids, project.classes().names
    export(project, tmp_path / "b", **{ids[0]: names[0], ids[1]: names[1]})
    assert text_of(project) is None


def test_a_backup_with_labels_is_named_with_its_command(project: Project) -> None:
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(i, names[0]) for i in ids[:3]], "ann", "test")
    backup = back_up(project.workspace, "x")
    assert backup is not None
    text = text_of(lose(project)) or ""
    assert "(3 labeled images): winnow labels restore" in text and backup.name in text


@pytest.mark.parametrize(
    "manifest",
    ["", "{", '"labels": {', '"labels": {"count": "x", "from_file": 3},', '"labels": null,', "\0"],
)
def test_a_damaged_record_says_nothing(project: Project, manifest: str) -> None:
    folder = project.workspace.runs / "20260101-000000-x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(manifest)
    (project.workspace.runs / "file").write_text("x")
    assert text_of(project) is None


def test_the_labels_of_a_manifest_are_a_line_of_their_own(tmp_path: Path) -> None:
    """What the look at old records rests on."""
    path = tmp_path / "manifest.json"
    write_json(path, {"files": iter([{"a": 1}]), "labels": {"count": 2}, "z": 1})
    [line] = [line for line in path.read_text().splitlines() if line.startswith('"labels": ')]
    assert json.loads(line.removeprefix('"labels": ').rstrip(",")) == {"count": 2}
    assert LabelStore(tmp_path / "labels.sqlite").ever() == 0
