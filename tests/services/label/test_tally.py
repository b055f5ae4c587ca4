"""Answers are counted as what they are: of a class, of a group alone, without either."""

from __future__ import annotations

from pathlib import Path

from core.export.record.run import load_manifest
from core.project.project import Project
from core.runtime.progress import Report
from core.services.data.stage import stage
from core.services.export import runs
from core.services.export.replay import replay
from core.services.label.tally import tally
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.labels.base import Event
from core.ui.shared.meter import meter


def test_labels_of_a_group_alone_are_labels_everywhere(project: Project, tmp_path: Path) -> None:
    names, ids = project.classes().names, project.pool().ids
    put_in_group(project.vocabulary_file, names[:3], "some")
    said = [Event(ids[0], "some"), Event(ids[1], "some"), Event(ids[2], names[-1])]
    project.labels.add(said, "me", "test")
    snapshot = project.snapshot()
    counted = tally(snapshot)
    assert (counted.labeled, counted.of_groups, sum(counted.counts.values())) == (3, 2, 1)
    assert stage(snapshot, None, 0.9).labels == 3
    lines = meter(counted, len(ids), 0, None, 0.9)["lines"]
    assert lines[0].startswith("3 of ") and lines[1] == "2 with a group alone"
    predictions, options = predict(snapshot), runs.options("copy", None, None, 0)
    made = runs.plan(snapshot, predictions, [], options)
    runs.write(snapshot, predictions, made, tmp_path / "out", Report())
    manifest = load_manifest(tmp_path / "out")
    assert manifest["labels"]["count"] == 3 and manifest["labels"]["classes"][ids[0]] == "some"
    for report in ("report.txt", "report.html"):
        assert "2 of them of a group of classes alone" in (tmp_path / "out" / report).read_text()
    assert replay(project.snapshot(), manifest, []).same
