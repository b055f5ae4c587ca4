"""A run on a project: groups stay together, what people said and doubts reach the plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.export.splits import split_of
from core.project.project import Project
from core.runtime.progress import Report
from core.services.export import runs
from core.services.predict.predicting import predict
from core.store.labels.base import Event

SHARES = (0.5, 0.25, 0.25)


def test_a_run_keeps_groups_together_and_remembers(project: Project, tmp_path: Path) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    options = runs.options("symlink", SHARES, None, 0)
    groups = np.arange(len(snapshot)) // 6
    plan = runs.plan(snapshot, predictions, [], options, groups=groups)
    splits = {item.assignment.id: item.split for item in plan.items}
    ids = snapshot.pool.ids
    for group in range(10):
        members = [ids[row] for row in np.flatnonzero(groups == group)]
        assert len({splits[image_id] for image_id in members}) == 1
        assert splits[members[0]] == split_of(min(members), SHARES, 0)
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    alone = runs.plan(snapshot, predictions, [], options)
    assert {item.assignment.id: item.split for item in alone.items} == splits
    merged = runs.plan(snapshot, predictions, [], options, groups=np.zeros(len(ids), dtype=int))
    assert {item.assignment.id: item.split for item in merged.items} == splits
    assert any("may be in more than one split" in note for note in merged.notes)


def test_doubts_and_conflicts_reach_the_plan(project: Project) -> None:
    names, ids = project.classes().names, project.pool().ids
    project.labels.add([Event(ids[0], names[0])], "ann", "test")
    project.labels.add([Event(ids[0], names[1])], "bob", "test")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    doubts = ["two classes are possible", "two classes are possible", *[None] * (len(ids) - 2)]
    options = runs.options("copy", None, None, 0)
    plan = runs.plan(snapshot, predictions, [], options, doubts=doubts)
    by_id = {item.assignment.id: item for item in plan.items}
    first, second = by_id[ids[0]], by_id[ids[1]]
    # A tie: the most recent word counts, and a person's word is never sent to review.
    assert (first.assignment.label, first.assignment.source, first.review) == (
        names[1], "human", False,
    )  # fmt: skip
    assert first.assignment.flags == ("conflict",)
    assert (second.review, second.reason) == (True, "two classes are possible")
    assert plan.review == 1
    assert replace(options, seed=1) != options
