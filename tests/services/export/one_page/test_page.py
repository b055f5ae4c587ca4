"""What the one-page report says of an export, and of predictions that nobody exported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.export.record.past import Run
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.one_page.facts import Facts, latest_export, of_export, of_predictions
from core.services.export.one_page.page import lines, page_of, writer_of
from core.services.predict.predicting import predict
from core.store.labels.base import Event


def exported(project: Project, out: Path, below: float | None) -> Facts:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = runs.plan(snapshot, predictions, [], runs.options("symlink", None, below, 0))
    runs.write(snapshot, predictions, plan, out, Report())
    run = latest_export(project.workspace)
    assert run is not None and run.place == out
    return of_export(run)


def test_an_export_is_told_as_it_was(project: Project, tmp_path: Path) -> None:
    ids, names = project.pool().ids, project.classes().names
    project.labels.add([Event(i, names[0]) for i in ids[:3]], "ann", "test")
    facts = exported(project, tmp_path / "out", 0.4)
    assert facts.review > 0 and facts.people == 3 == facts.labels
    assert facts.sorted_images + facts.review == len(ids)
    assert set(facts.counts) == set(names)
    page = page_of(project.workspace, facts)
    assert page.title == "pictures" and sum(group.count for group in page.groups) == (
        facts.sorted_images
    )
    assert all(len(group.pictures) == min(18, group.count) for group in page.groups)
    assert page.figures[0] == ("–", "right: not measured yet")
    assert f"{facts.review:,} images" in page.left[0] and "review" in page.left[0]
    assert "the export out" in page.foot[0] and "3 labels of people" in page.foot[0]
    assert page_of(project.workspace, facts) == page
    shutil.rmtree(tmp_path / "out")
    run = latest_export(project.workspace)
    assert run is not None and run.place is None


def recorded(project: Project, out: Path) -> tuple[Run, Path, dict[str, Any]]:
    """An export with its record, to be changed."""
    exported(project, out, None)
    run = latest_export(project.workspace)
    assert run is not None
    path = run.folder / "manifest.json"
    return run, path, json.loads(path.read_text())


def test_what_was_measured_and_promised_stands_on_it(project: Project, tmp_path: Path) -> None:
    run, path, manifest = recorded(project, tmp_path / "out")
    manifest["metrics"] = {"accuracy": 0.934, "accuracy_low": 0.88, "accuracy_high": 0.967}
    manifest["metrics_basis"] = "Measured on 60 random images."
    manifest["options"]["promise"] = {"words": ["At least 95 % are right."]}
    path.write_text(json.dumps(manifest))
    page = page_of(project.workspace, of_export(run))
    assert page.figures[0][0] == "93.4%" and "88.0% to 96.7%" in page.figures[0][1]
    assert "About 93 of 100 (with 95 % confidence 88 to 97)" in page.summary[0]
    assert page.promised == ["At least 95 % are right."]
    assert "Measured on 60 random images." in page.foot
    assert page.left == ["No image was set aside: every one was put into a class."]


def test_predictions_are_told_where_nothing_is_exported(project: Project) -> None:
    assert latest_export(project.workspace) is None
    snapshot = project.snapshot()
    facts = of_predictions(snapshot, predict(snapshot))
    assert facts.sorted_images == len(snapshot) and facts.export == ""
    page = page_of(project.workspace, facts)
    assert "Nothing is exported yet" in page.left[0]
    assert "images are sorted into" in next(iter(lines(facts)))
    for name, start in (("a.pdf", b"%PDF"), ("a.HTML", b"<!doctype html>")):
        assert writer_of(Path(name))(page).startswith(start)
    with pytest.raises(WinnowError, match=r"must end in \.pdf or \.html"):
        writer_of(Path("a.doc"))


def test_images_that_are_gone_are_left_out(project: Project) -> None:
    snapshot = project.snapshot()
    facts = of_predictions(snapshot, predict(snapshot))
    gone = {name: [("0" * 32, "../../etc/passwd")] for name in facts.files}
    page = page_of(project.workspace, Facts(**{**vars(facts), "files": gone}))
    assert all(not group.pictures for group in page.groups)


def test_many_classes_are_counted_together(project: Project) -> None:
    snapshot = project.snapshot()
    facts = of_predictions(snapshot, predict(snapshot))
    counts = {f"class {n}": n for n in range(75)}
    many = Facts(**{**vars(facts), "counts": counts, "files": dict.fromkeys(counts, ())})
    page = page_of(project.workspace, many)
    assert len(page.groups) == 60 and page.groups[0].name == "class 74"
    assert (
        page.others == "14 smaller classes with 105 images are not shown; one class has no image."
    )


def test_groups_are_counted_apart_from_classes(project: Project, tmp_path: Path) -> None:
    run, path, manifest = recorded(project, tmp_path / "out")
    first, second = sorted({entry["class"] for entry in manifest["files"]})[:2]
    several = len({entry["class"] for entry in manifest["files"]}) - 1
    manifest["options"]["groups"] = {
        "groups": [{"name": first, "prompts": [], "above": ""}], "parents": {second: first}
    }  # fmt: skip
    path.write_text(json.dumps(manifest))
    (summary,) = page_of(project.workspace, of_export(run)).summary
    assert f"sorted into {several} classes and 1 group of classes." in summary
