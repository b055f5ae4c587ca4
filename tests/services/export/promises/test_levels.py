"""Levels of classes and groups: whose images are whose, backing off, and what is sorted where."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.export.plan import Plan
from core.export.record.run import load_manifest
from core.learn.tree.class_tree import REVIEW, ClassTree
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.promises import levels
from core.services.export.promises.evidence import chains
from core.services.export.promises.parts import Part
from core.services.export.promises.promise import Promise, promise_of
from core.services.export.promises.promised import promised
from core.services.export.promises.request import Request
from core.services.export.replay import replay
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.csv_tables import read_labels
from core.store.labels.base import Event

TREE = ClassTree.of(list("abcd"), {"a": "x", "b": "x", "x": "top", "c": "top"})


def of(level: float | None, **own: float) -> list[levels.Family]:
    return levels.families(TREE, Request(level, tuple(own.items())))


def at(threshold: float | None) -> Part:
    return Part((), 0.9, threshold, 60, 0, 0)


def test_each_image_is_of_the_innermost_node_with_a_level_and_of_those_around() -> None:
    a, x, rest = of(0.9, a=0.99, x=0.95)
    assert (a.name, a.leaves.tolist()) == ("a", [0])
    assert (x.leaves.tolist(), x.starts.tolist(), x.stops.tolist()) == (
        [0, 1], [1, 1, 0, 0], [2, 3, 0, 0],
    )  # fmt: skip
    # Of all: images of a and b back off to "top" only, for "x" has a level of its own.
    assert rest.leaves.tolist() == [0, 1, 2, 3]
    assert rest.stops.tolist() == [1, 1, 2, 1]


def test_a_class_that_stands_alone_is_not_of_the_rest() -> None:
    d, rest = of(0.9, d=0.99)
    assert d.leaves.tolist() == [3]
    assert rest.leaves.tolist() == [0, 1, 2]
    assert [family.name for family in of(None, a=0.9, b=0.9, c=0.9, d=0.9)] == list("abcd")


def test_an_unsure_image_of_a_class_with_its_own_level_backs_off() -> None:
    families = of(0.9, a=0.99)
    now = chains(TREE, np.array([
        [0.95, 0.03, 0.01, 0.01],  # sure
        [0.60, 0.37, 0.01, 0.02],  # unsure of a, sure of x
        [0.40, 0.05, 0.40, 0.15],  # sure of top alone
        [0.20, 0.10, 0.10, 0.60],  # of d, unsure
        [0.05, 0.90, 0.03, 0.02],  # of b
    ]))  # fmt: skip
    number, waiting = TREE.number, np.ones(5, dtype=bool)
    pairs = list(zip(families, [at(0.9), at(0.8)], strict=True))
    nodes, by = levels.placed(pairs, TREE, now, waiting)
    assert nodes.tolist() == [0, number["x"], number["top"], REVIEW, 1]
    assert by.tolist() == [0, 1, 1, 1, 1]
    # Where nothing can be promised of the class, its images still back off.
    pairs = list(zip(families, [at(None), at(0.8)], strict=True))
    assert levels.placed(pairs, TREE, now, waiting)[0].tolist() == [
        number["x"], number["x"], number["top"], REVIEW, 1,
    ]  # fmt: skip
    # Without a level for the rest there is nothing to back off to, and others are as predicted.
    nodes, _ = levels.placed([(of(None, a=0.99)[0], at(0.9))], TREE, now, waiting)
    assert nodes.tolist() == [0, REVIEW, REVIEW, 3, 1]


def planned(snapshot: Snapshot, request: Request) -> tuple[Promise, Plan]:
    promise = promise_of(snapshot, predict(snapshot), request)
    options = runs.options("copy", None, None, 0)
    plan = runs.plan(snapshot, promise.predictions, [], options, None, promise.doubts)
    return promise, promised(snapshot, promise, plan, plan)


def grouped(project: Project, sample: Path) -> Snapshot:
    """45 audit labels and two groups."""
    truth, flat = read_labels(sample / "truth.csv"), project.snapshot()
    rows = flat.audit_order[:45].tolist()
    events = [Event(flat.pool.ids[row], truth[flat.pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    names = flat.names
    put_in_group(project.vocabulary_file, names[: len(names) // 2], "one half")
    put_in_group(project.vocabulary_file, names[len(names) // 2 :], "other half")
    return project.snapshot()


def test_a_class_that_cannot_be_promised_is_sorted_into_its_group(
    project: Project, sample: Path, tmp_path: Path
) -> None:
    snapshot = grouped(project, sample)
    name = snapshot.names[0]
    promise, plan = planned(snapshot, Request(0.75, ((name, 0.999),)))
    own, rest = promise.parts
    assert (own.threshold, own.classes, rest.by_group) == (None, (name,), (name,))
    assert rest.threshold is not None
    machine = [item for item in plan.items if item.assignment.source != "human"]
    assert not any(item.assignment.label == name and not item.review for item in machine)
    moved = [item for item in machine if item.assignment.label == "one half" and not item.review]
    assert moved and all("one half" in plan.nested[item.assignment.label] for item in moved)
    assert plan.review == promise.review
    assert plan.promise is not None and plan.promise["thresholds"][name] is None
    assert any("counted by the group around" in line for line in plan.promise["words"])
    runs.write(snapshot, promise.predictions, plan, tmp_path / "out", Report())
    again = replay(project.snapshot(), load_manifest(tmp_path / "out"), [])
    assert again.same, again.differences


def test_a_group_has_a_level_of_its_own(project: Project, sample: Path) -> None:
    snapshot = grouped(project, sample)
    promise, plan = planned(snapshot, Request(classes=(("one half", 0.75),)))
    (part,) = promise.parts
    assert part.classes == tuple(snapshot.names[: len(snapshot.names) // 2])
    assert part.threshold is not None
    leaf = chains(snapshot.tree, promise.predictions.probabilities).leaf
    for item in plan.items:
        row = snapshot.pool.rows[item.assignment.id]
        if item.assignment.source != "human" and snapshot.names[leaf[row]] not in part.classes:
            assert not item.review  # nothing is asked of the others
    assert plan.promise is not None
    assert "sorted within “one half”" in plan.promise["words"][0]
    assert plan.promise["parts"][0]["name"] == "one half"


def test_what_people_gave_a_group_stays_there(project: Project, sample: Path) -> None:
    snapshot = grouped(project, sample)
    row = int(snapshot.unanswered[0])
    project.labels.add([Event(snapshot.pool.ids[row], "one half")], "ann", "test")
    promise, plan = planned(project.snapshot(), Request(0.99))
    assert not promise.holds and plan.review == promise.review == len(snapshot) - 46
    (item,) = [i for i in plan.items if i.assignment.id == snapshot.pool.ids[row]]
    assert (item.review, item.assignment.source) == (False, "human")
