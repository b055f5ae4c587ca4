"""Exports of only what is new: what they hold, what their manifest says, and that all add up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.embedding.run import embed
from core.export.names import fold
from core.export.plan import Plan
from core.export.record.past import Run, runs_of
from core.export.record.run import load_manifest
from core.learn.predictions import Predictions
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import delta, runs
from core.services.export.delta import Before, File, compare, exported, only_new
from core.services.export.replay import replay
from core.services.export.summary import summary
from core.services.predict.predicting import predict
from core.store.labels.base import Event

BELOW = 0.6


@pytest.fixture
def own(sample: Path, starter, tmp_path: Path) -> Iterator[Project]:
    """A project whose image folder may be changed; half of the images are in it."""
    folder = tmp_path / "pictures"
    (folder / "images").mkdir(parents=True)
    shutil.copy(sample / "prompts.yaml", folder)
    for path in sorted((sample / "images").iterdir())[:30]:
        shutil.copy2(path, folder / "images")
    project = Project.open(folder, tmp_path / "workspace").use(starter)
    from core.services.prompts.classes import use_folder_vocabulary

    use_folder_vocabulary(project.workspace, project.vocabulary_file)
    embed(project.workspace, starter)
    yield project


def planned(project: Project, below: float | None = None) -> tuple[Snapshot, Predictions, Plan]:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    options = runs.options("copy", None, below, 0)
    return snapshot, predictions, runs.plan(snapshot, predictions, [], options)


def write(project: Project, out: Path, new: bool = False, below: float | None = None) -> Any:
    snapshot, predictions, plan = planned(project, below)
    if new:
        before = exported(snapshot)
        assert before is not None
        plan = only_new(plan, compare(delta.of_plan(plan), before))
    runs.write(snapshot, predictions, plan, out, Report())
    return load_manifest(out)


def paths(manifest: Any) -> set[str]:
    return {entry["path"] for entry in manifest["files"]}


def test_only_new_images_and_changed_classes_are_written(
    own: Project, sample: Path, starter, tmp_path: Path
) -> None:
    assert exported(own.snapshot()) is None
    full = write(own, tmp_path / "full")
    assert len(full["files"]) == 30 and "delta" not in full["options"]
    images = own.workspace.images / "images"
    for path in sorted((sample / "images").iterdir())[30:40]:
        shutil.copy2(path, images)
    moved = sorted(images.iterdir())[0]
    moved.rename(images / "another name.jpg")
    embed(own.workspace, starter)
    pool = own.pool()
    changed = full["files"][5]
    other = next(name for name in full["classes"] if name != changed["class"])
    own.labels.add([Event(changed["id"], other)], "ann", "test")
    part = write(own, tmp_path / "part", new=True)
    entry = part["options"]["delta"]
    # A label moves others too: whatever is in another class now is written, and no more.
    _, _, plan = planned(own)
    now = {item.assignment.path: item.assignment.label for item in plan.items}
    then = {entry["path"]: entry["class"] for entry in full["files"]}
    wrong = {path for path in then if path in now and now[path] != then[path]}
    assert changed["path"] in wrong
    assert set(entry["changed"]) >= wrong and entry["changed"][changed["path"]] == changed["class"]
    assert entry["new"] == 10 and entry["gone"] == 0
    assert len(paths(part)) == 10 + len(entry["changed"])
    assert entry["since"] == "full" and len(entry["runs"]) == 1
    assert entry["unchanged"] == len(pool) - len(paths(part))
    assert any("Only what is new since the export full" in note for note in part["notes"])
    assert "Only what is new since" in (tmp_path / "part" / "report.txt").read_text()
    assert sum(path.suffix == ".jpg" for path in (tmp_path / "part").rglob("*")) == len(paths(part))
    # Nothing is left now, also counted over both exports.
    before = exported(own.snapshot())
    assert before is not None and [run.name for run in before.runs] == ["full", "part"]
    left = compare(delta.of_plan(planned(own)[2]), before)
    assert not left.paths and left.unchanged == len(pool)


def test_a_full_export_begins_anew(own: Project, tmp_path: Path) -> None:
    write(own, tmp_path / "one")
    write(own, tmp_path / "two")
    before = exported(own.snapshot())
    assert before is not None and [run.name for run in before.runs] == ["two"]


def test_what_leaves_review_is_written_again(own: Project, tmp_path: Path) -> None:
    first = write(own, tmp_path / "one", below=BELOW)
    unsure = {entry["path"] for entry in first["files"] if entry["review"]}
    assert unsure and len(unsure) < 30
    second = write(own, tmp_path / "two", new=True)
    assert paths(second) == unsure


def test_the_counts_of_the_page_are_those_of_the_plan(own: Project, tmp_path: Path) -> None:
    write(own, tmp_path / "one", below=BELOW)
    ids = own.pool().ids
    own.labels.add([Event(i, own.classes().names[0]) for i in ids[:7]], "ann", "test")
    snapshot, predictions, plan = planned(own, 0.8)
    before = exported(snapshot)
    assert before is not None
    whole = summary(snapshot, predictions, plan.options)
    of_pool = compare(delta.of_pool(snapshot.pool, whole), before)
    of_plan = compare(delta.of_plan(plan), before)
    assert (set(of_pool.paths), of_pool.as_json()) == (set(of_plan.paths), of_plan.as_json())
    part = only_new(plan, of_plan)
    counted = delta.narrowed(whole, snapshot.pool, of_pool)
    assert (counted.files, counted.bytes_total) == (len(part.items), part.bytes_total)
    assert (counted.counts, counted.review) == (part.counts, part.review)
    name = max(counted.counts, key=counted.counts.__getitem__)
    shown = counted.least_certain(name, 100)
    assert {snapshot.pool.paths[row] for row in shown} <= set(of_pool.paths)
    assert len(shown) == counted.counts[name]


def test_no_file_has_the_name_of_one_that_is_exported(
    own: Project, starter, sample: Path, tmp_path: Path
) -> None:
    full = write(own, tmp_path / "full")
    folder = own.workspace.images / "a"  # nearer by name, so a full export would give way to it
    folder.mkdir()
    fresh = sorted((sample / "images").iterdir())[30:45]
    for entry, path in zip(full["files"], fresh, strict=False):
        shutil.copy2(path, folder / Path(entry["path"]).name)
    embed(own.workspace, starter)
    part = write(own, tmp_path / "part", new=True)
    assert part["options"]["delta"]["new"] == 15
    places = [(e["class"], fold(Path(e["file"]).name)) for e in full["files"] + part["files"]]
    assert len(set(places)) == len(places)


def test_a_delta_is_replayed_as_it_was(own: Project, tmp_path: Path) -> None:
    write(own, tmp_path / "one", below=BELOW)
    part = write(own, tmp_path / "two", new=True)
    assert 0 < len(part["files"]) < 30
    repeated = replay(own.snapshot(), part, [])
    assert repeated.same, repeated.as_text()
    assert repeated.images == len(part["files"])


def test_a_damaged_record_is_said_with_the_way_out(own: Project, tmp_path: Path) -> None:
    write(own, tmp_path / "one")
    [run] = runs_of(own.workspace.runs)
    (run.folder / "manifest.json").write_text("{")
    with pytest.raises(WinnowError, match="export everything, or take"):
        exported(own.snapshot())


def test_each_question_has_exports_of_its_own(own: Project, tmp_path: Path) -> None:
    from core.store import questions

    write(own, tmp_path / "one")
    added = questions.add(own.workspace.root, "Other")
    other = Project(own.workspace.asking(added.slug), own.collection)
    assert exported(other.snapshot()) is None and exported(own.snapshot()) is not None


FILES = st.lists(
    st.builds(
        File,
        st.sampled_from([f"{n}.jpg" for n in range(8)]),
        st.sampled_from(["id0", "id1", "id2", "id3"]),
        st.sampled_from(["a", "b"]),
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda file: file.path,
)


@given(then=FILES, now=FILES)
def test_every_file_is_new_changed_or_unchanged(then: list[File], now: list[File]) -> None:
    run = Run(Path("x"), "x", datetime(2025, 1, 1))
    before = Before((run,), {file.path: file for file in then}, {})
    seen = compare(now, before)
    assert seen.new + len(seen.changed) + seen.unchanged == len(now)
    assert len(seen.paths) == seen.new + len(seen.changed)
    assert set(seen.changed) <= set(seen.paths) <= {file.path for file in now}
    # Each exported file is still there, was moved, or is gone.
    assert 0 <= seen.gone <= len(then)
    for file in now:
        if before.files.get(file.path) == file:
            assert file.path not in seen.paths
    everything = compare(now, Before((run,), {}, {}))
    assert everything.new == len(now) and not everything.changed
    again = compare(now, Before((run,), {file.path: file for file in now}, {}))
    assert not again.paths and again.unchanged == len(now) and again.gone == 0


def test_the_manifest_of_a_delta_is_plain_json(own: Project, tmp_path: Path) -> None:
    write(own, tmp_path / "one", below=BELOW)
    write(own, tmp_path / "two", new=True)
    content = json.loads((tmp_path / "two" / "manifest.json").read_text())
    assert set(content["options"]["delta"]) == {
        "since", "runs", "new", "changed", "unchanged", "gone",
    }  # fmt: skip
    assert np.isfinite(content["options"]["delta"]["unchanged"])
