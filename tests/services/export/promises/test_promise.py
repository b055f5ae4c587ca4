"""Promises of an export: thresholds by audit images, evidence, review, what is withdrawn."""

from __future__ import annotations

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
from core.services.export.promises.promise import Promise, promise_of
from core.services.export.promises.promised import promised
from core.services.export.promises.request import Prices, Request, requested
from core.services.export.replay import replay
from core.services.predict.predicting import predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event, Kind


def label_audit(project: Project, sample: Path, count: int) -> Snapshot:
    """The snapshot after the first images of the audit stream were labeled truly."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    rows = snapshot.audit_order[:count].tolist()
    events = [Event(snapshot.pool.ids[row], truth[snapshot.pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    return project.snapshot()


def planned(snapshot: Snapshot, request: Request) -> tuple[Promise, Plan]:
    """A promise and the plan that carries it."""
    promise = promise_of(snapshot, predict(snapshot), request)
    options = runs.options("copy", None, None, 0)
    plan = runs.plan(snapshot, promise.predictions, [], options, None, promise.doubts)
    return promise, promised(snapshot, promise, plan, plan)


def test_what_is_promised_is_what_is_planned(project: Project, sample: Path) -> None:
    snapshot = label_audit(project, sample, 40)
    promise, plan = planned(snapshot, Request(level=0.6))
    assert promise.holds
    assert plan.promise is not None and plan.promise["kept"] is True
    assert plan.review == promise.review == plan.promise["review"]
    assert set(plan.promise["thresholds"]) == set(snapshot.names)
    threshold = promise.parts[0].threshold
    assert threshold is not None
    for item in plan.items:
        if item.assignment.source != "human":
            assert item.review == (item.assignment.probability < threshold)
    assert any("60 %" in line for line in plan.promise["words"])


def test_without_evidence_nothing_is_sorted_and_the_labels_needed_are_told(
    project: Project, sample: Path
) -> None:
    snapshot = label_audit(project, sample, 12)
    promise, plan = planned(snapshot, Request(level=0.95))
    assert not promise.holds
    assert plan.review == len(snapshot) - 12
    assert promise.parts[0].looks == 12
    # 59 random images are the least, and the collection has only 60.
    assert promise.more_labels is None or promise.more_labels >= 45
    assert all(item.review for item in plan.items if item.assignment.source != "human")


def test_a_class_has_a_level_of_its_own_and_the_others_stay(project: Project, sample: Path) -> None:
    snapshot = label_audit(project, sample, 30)
    name = snapshot.names[0]
    promise, plan = planned(snapshot, Request(classes=((name, 0.999),)))
    assert [part.classes for part in promise.parts] == [(name,)]
    for item in plan.items:
        if item.assignment.source != "human":
            assert item.review == (item.assignment.label == name)


def test_what_people_took_out_of_all_classes_is_wrong_everywhere_and_goes_to_review(
    project: Project, sample: Path
) -> None:
    snapshot = label_audit(project, sample, 40)
    before = promise_of(snapshot, predict(snapshot), Request(level=0.6)).parts[0]
    kinds: list[Kind] = ["none", "unusable"]
    ids = [snapshot.pool.ids[row] for row in snapshot.audit_order[40:42].tolist()]
    events = [Event(image_id, None, kind) for image_id, kind in zip(ids, kinds, strict=True)]
    project.labels.add(events, "ann", "test")
    promise, plan = planned(project.snapshot(), Request(level=0.6))
    assert {item.assignment.id for item in plan.items if item.review} >= set(ids)
    assert promise.parts[0].looks >= 0 and before.looks >= 0
    clear, _ = planned(project.snapshot(), Request(level=0.999))
    assert clear.parts[0].looks == 42  # none can be promised, so all that there are


def test_a_stricter_promise_withdraws_and_lists(
    project: Project, sample: Path, tmp_path: Path
) -> None:
    snapshot = label_audit(project, sample, 40)
    promise, plan = planned(snapshot, Request(level=0.5))
    assert promise.holds
    runs.write(snapshot, promise.predictions, plan, tmp_path / "out", Report())
    manifest = load_manifest(tmp_path / "out")
    assert manifest["options"]["promise"]["kept"] is True
    again = replay(project.snapshot(), manifest, [])
    assert again.same, again.differences
    strict, stricter = planned(project.snapshot(), Request(level=0.99))
    assert not strict.holds
    assert stricter.promise is not None
    back = {one["path"] for one in stricter.promise["withdrawn"]}
    earlier = {i.assignment.path for i in plan.items if not i.review}
    now = {i.assignment.path for i in stricter.items if i.review}
    assert back == earlier & now != set()
    assert any("Withdrawn" in line for line in stricter.promise["words"])
    for name in ("report.txt", "report.html"):
        assert "What is promised" in (tmp_path / "out" / name).read_text()


def test_prices_move_and_review(project: Project, sample: Path, tmp_path: Path) -> None:
    snapshot = label_audit(project, sample, 20)
    names, count = tuple(snapshot.names), len(snapshot.names)
    costs = 1.0 - np.eye(count)
    costs[:, 0] *= 1_000  # nothing may be called the first class wrongly
    prices = Prices(names, tuple(map(tuple, costs.tolist())), 0.3)
    promise, plan = planned(snapshot, Request(prices=prices))
    assert promise.mean_cost is not None and 0 < promise.mean_cost <= 0.3
    assert plan.promise is not None and plan.promise["costs"]["look"] == 0.3
    machine = [item for item in plan.items if item.assignment.source != "human"]
    assert not any(item.assignment.label == names[0] and not item.review for item in machine)
    assert plan.review == promise.review > 0
    runs.write(snapshot, promise.predictions, plan, tmp_path / "out", Report())
    assert replay(project.snapshot(), load_manifest(tmp_path / "out"), []).same


def test_requests_of_a_command_line(tmp_path: Path) -> None:
    names = ["cat", "a=b"]
    assert requested(["0.95", "cat=0.99", "a=b=0.9"], False, None, names) == Request(
        0.95, (("cat", 0.99), ("a=b", 0.9))
    )
    assert not requested(None, False, None, names)
    table = tmp_path / "prices.csv"
    table.write_text("true,cat,a=b,review\ncat,,5,0.5\na=b,2,,\n")
    prices = requested(None, False, table, names).prices
    assert prices == Prices(("cat", "a=b"), ((0.0, 5.0), (2.0, 0.0)), 0.5)


@pytest.mark.parametrize(
    ("precision", "signed", "words"),
    [
        (["1.5"], False, "0.5 to below 1"),
        (["many"], False, "0.5 to below 1"),
        (["dog=0.9"], False, "no class"),
        (["0.9", "0.95"], False, "twice"),
        (["0.9"], True, "exclude each other"),
    ],
)
def test_senseless_requests_are_refused(precision: list[str], signed: bool, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        requested(precision, signed, None, ["cat", "mouse"])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("true,cat\ncat,1\n", "no column 'review'"),
        ("true,cat,review\ncat,x,1\n", "no number"),
        ("true,cat,review\ncat,1,\n", "one price of a look"),
        ("true,dog,review\ncat,1,1\n", "no class"),
    ],
)
def test_tables_of_prices_are_checked(table: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(table)
    with pytest.raises(WinnowError, match=words):
        requested(None, False, path, ["cat", "mouse"])
