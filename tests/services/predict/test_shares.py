"""How many images of each class there are: from random images, within what is labeled."""

from __future__ import annotations

from pathlib import Path

from core.project.project import Project
from core.services.predict.predicting import predict
from core.services.predict.shares import class_sizes, sizes_json
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def labeled(project: Project, sample: Path, count: int) -> None:
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    ids, paths = snapshot.pool.ids, snapshot.pool.paths
    rows = snapshot.audit_order[:count].tolist()
    project.labels.add([Event(ids[r], truth[paths[r]]) for r in rows], "ann", "test")


def test_the_truth_lies_within_and_too_few_say_nothing(project: Project, sample: Path) -> None:
    labeled(project, sample, 9)
    snapshot = project.snapshot()
    assert class_sizes(snapshot, predict(snapshot)) == []
    labeled(project, sample, 30)
    snapshot = project.snapshot()
    sizes = class_sizes(snapshot, predict(snapshot))
    truth = list(read_labels(sample / "truth.csv").values())
    assert [size.name for size in sizes] == snapshot.names
    for size in sizes:
        assert size.low <= size.images <= size.high
        assert size.low <= truth.count(size.name) <= size.high
    assert sum(size.assigned for size in sizes) == 60
    assert set(sizes_json(sizes)[sizes[0].name]) == {"images", "low", "high", "assigned"}


def test_all_labeled_is_all_known(project: Project, sample: Path) -> None:
    labeled(project, sample, 60)
    snapshot = project.snapshot()
    truth = list(read_labels(sample / "truth.csv").values())
    for size in class_sizes(snapshot, predict(snapshot)):
        assert size.low == size.images == size.high == size.assigned == truth.count(size.name)


def test_none_of_the_classes_is_a_part_of_the_collection_too(
    project: Project, sample: Path
) -> None:
    labeled(project, sample, 20)
    before = {
        s.name: s.images for s in class_sizes(project.snapshot(), predict(project.snapshot()))
    }
    snapshot = project.snapshot()
    rows = snapshot.audit_order[20:40].tolist()
    project.labels.add([Event(snapshot.pool.ids[r], None, "none") for r in rows], "ann", "test")
    after = {s.name: s.images for s in class_sizes(project.snapshot(), predict(project.snapshot()))}
    assert sum(after.values()) < sum(before.values())
