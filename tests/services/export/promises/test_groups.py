"""Promises of classes in groups: what is unsure of its class is sorted where its group is sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.project.project import Project
from core.services.export import runs
from core.services.export.promises.evidence import judged
from core.services.export.promises.promise import promise_of
from core.services.export.promises.request import Request
from core.services.export.summary import summary
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def test_more_is_sorted_and_the_plan_says_where(project: Project, sample: Path) -> None:
    truth, flat = read_labels(sample / "truth.csv"), project.snapshot()
    rows = flat.audit_order[:45].tolist()
    events = [Event(flat.pool.ids[row], truth[flat.pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    request = Request(level=0.75)
    flat = project.snapshot()
    before = promise_of(flat, predict(flat), request)
    put_in_group(project.vocabulary_file, flat.names[: len(flat.names) // 2], "one half")
    put_in_group(project.vocabulary_file, flat.names[len(flat.names) // 2 :], "other half")
    snapshot = project.snapshot()
    promise = promise_of(snapshot, predict(snapshot), request)
    assert promise.holds and promise.review <= before.review
    options = runs.options("copy", None, None, 0)
    plan = runs.plan(snapshot, promise.predictions, [], options, None, promise.doubts)
    assert plan.review == promise.review
    counted = summary(snapshot, promise.predictions, options, promise.doubts)
    assert (counted.counts, counted.review) == (plan.counts, plan.review)
    threshold = promise.parts[0].threshold
    assert threshold is not None
    for item in plan.items:
        if item.assignment.source != "human" and not item.review:
            assert item.assignment.probability >= threshold
    halves = {item.assignment.label for item in plan.items} & {"one half", "other half"}
    assert all(plan.nested[name].endswith("/unsure") for name in halves)


def test_a_group_labeled_alone_proves_the_group_and_no_class(
    project: Project, sample: Path
) -> None:
    truth, flat = read_labels(sample / "truth.csv"), project.snapshot()
    put_in_group(project.vocabulary_file, flat.names[:4], "some")
    snapshot = project.snapshot()
    rows = snapshot.audit_order[:40]
    ids, paths = snapshot.pool.ids, snapshot.pool.paths
    names = [truth[paths[row]] for row in rows.tolist()]
    events = [
        Event(ids[row], "some" if snapshot.classes.above.get(name) else name)
        for row, name in zip(rows.tolist(), names, strict=True)
    ]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot()
    assert len(snapshot.audited) == 40 > len(snapshot.audit)
    predictions, tree = predict(snapshot), snapshot.tree
    seen = judged(snapshot, predictions)
    assert len(seen.truth) == 40 and (seen.truth < 0).sum() == len(predictions.audit_groups)
    alone, some = seen.truth < 0, tree.number["some"]
    np.testing.assert_array_equal(seen.right[alone], seen.chains.nodes[alone] == some)
    # Judged by who did not see the label: not all of them end up in their group.
    assert (predictions.unseen_groups[:, 4:] > 0).all()
    part = promise_of(snapshot, predictions, Request(level=0.5)).parts[0]
    assert part.wrong >= 0 and part.looks <= 40
