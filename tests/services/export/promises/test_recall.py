"""Promises of recall: few of a class lie elsewhere, beside a precision or alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.export.plan import Plan
from core.export.record.run import load_manifest
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.one_page.facts import latest_export, of_export
from core.services.export.promises.promise import Promise, promise_of
from core.services.export.promises.promised import promised
from core.services.export.promises.request import Request, requested
from core.services.export.replay import replay
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def labeled(project: Project, sample: Path, count: int) -> Snapshot:
    """The snapshot after the first images of the audit stream were labeled truly."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    rows = snapshot.audit_order[:count].tolist()
    events = [Event(snapshot.pool.ids[row], truth[snapshot.pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    return project.snapshot()


def planned(snapshot: Snapshot, request: Request) -> tuple[Promise, Plan]:
    promise = promise_of(snapshot, predict(snapshot), request)
    options = runs.options("copy", None, None, 0)
    plan = runs.plan(snapshot, promise.predictions, [], options, None, promise.doubts)
    return promise, promised(snapshot, promise, plan, plan)


def commonest(snapshot: Snapshot) -> str:
    """The class that most labels are of."""
    counts = np.bincount(snapshot.human[snapshot.human >= 0], minlength=len(snapshot.names))
    return snapshot.names[int(counts.argmax())]


def test_what_may_be_of_the_class_is_in_its_folder_or_in_review(
    project: Project, sample: Path
) -> None:
    snapshot = labeled(project, sample, 45)
    name = commonest(snapshot)
    k = snapshot.names.index(name)
    promise, plan = planned(snapshot, Request(recall=((name, 0.75),)))
    (part,) = promise.parts
    assert promise.holds and part.kind == "recall" and part.threshold is not None
    assert part.looks == int((snapshot.human[snapshot.audit] == k).sum())
    probabilities = promise.predictions.probabilities
    for item in plan.items:
        row = snapshot.pool.rows[item.assignment.id]
        if item.assignment.source != "human":
            elsewhere = item.assignment.label != name
            assert item.review == (elsewhere and probabilities[row, k] >= part.threshold)
    assert plan.promise is not None and plan.review == promise.review
    assert plan.promise["recall"][name]["kept"] is True
    assert plan.promise["thresholds"] == {}
    assert any("or in review/" in line for line in plan.promise["words"])


def test_with_too_few_of_the_class_all_goes_to_review_and_what_is_missing_is_said(
    project: Project, sample: Path
) -> None:
    snapshot = labeled(project, sample, 20)
    name = commonest(snapshot)
    promise, plan = planned(snapshot, Request(recall=((name, 0.9),)))
    assert not promise.holds
    assert plan.review == len(snapshot) - 20
    assert plan.promise is not None
    assert "cannot be promised yet" in plan.promise["words"][0]
    # 29 of the class are the least, so more labels are missing than of any small number.
    assert promise.more_labels is None or promise.more_labels >= 10
    assert all(
        "cannot be promised" in (item.reason or "")
        for item in plan.items
        if item.assignment.source != "human"
    )


def test_with_a_precision_both_share_the_risk_and_the_evidence_is_stricter(
    project: Project, sample: Path
) -> None:
    snapshot = labeled(project, sample, 45)
    name = commonest(snapshot)
    alone, _ = planned(snapshot, Request(level=0.6))
    both, plan = planned(snapshot, Request(level=0.6, recall=((name, 0.6),)))
    assert [part.kind for part in both.parts] == ["precision", "recall"]
    assert both.review >= alone.review
    assert plan.promise is not None
    assert plan.promise["more_labels_needed"] == both.more_labels
    if both.holds:
        assert any("Together, these promises hold" in line for line in plan.promise["words"])


def test_it_is_written_replayed_and_on_the_one_page_report(
    project: Project, sample: Path, tmp_path: Path
) -> None:
    snapshot = labeled(project, sample, 45)
    name = commonest(snapshot)
    promise, plan = planned(snapshot, Request(recall=((name, 0.75),)))
    runs.write(snapshot, promise.predictions, plan, tmp_path / "out", Report())
    manifest = load_manifest(tmp_path / "out")
    assert manifest["options"]["promise"]["recall"][name]["level"] == 0.75
    metadata = json.loads((tmp_path / "out" / "metadata.json").read_text())
    assert metadata["promise"]["recall"][name]["kept"] is True
    assert "or in review/" in (tmp_path / "out" / "report.html").read_text()
    last = latest_export(project.workspace)
    assert last is not None
    assert any("or in review/" in line for line in of_export(last).promise)
    assert replay(project.snapshot(), manifest, []).same


def test_of_a_group_what_lies_within_it_is_found(project: Project, sample: Path) -> None:
    names = project.snapshot().names
    put_in_group(project.vocabulary_file, names[: len(names) // 2], "half")
    snapshot = labeled(project, sample, 45)
    promise, plan = planned(snapshot, Request(recall=(("half", 0.75),)))
    assert promise.holds and promise.parts[0].classes == tuple(names[: len(names) // 2])
    for item in plan.items:
        if item.assignment.label in promise.parts[0].classes:
            assert not item.review


def test_requests_of_a_command_line() -> None:
    names, groups = ["cat", "dog", "fly"], ["pets"]
    request = requested(["0.95", "pets=0.9"], False, None, names, ["fly=0.8"], groups)
    assert request == Request(0.95, (("pets", 0.9),), recall=(("fly", 0.8),))
    assert requested(None, False, None, names, ["pets=0.8"], groups).recall == (("pets", 0.8),)


@pytest.mark.parametrize(
    ("recall", "signed", "words"),
    [
        (["0.9"], False, "is of a class"),
        (["cow=0.9"], False, "no class"),
        (["cat=0.9", "cat=0.8"], False, "--recall is given twice"),
        (["cat=1"], False, "below 1"),
        (["cat=0.9"], True, "--recall, --signed and --costs exclude"),
    ],
)
def test_senseless_requests_are_refused(recall: list[str], signed: bool, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        requested(None, signed, None, ["cat", "dog"], recall)
