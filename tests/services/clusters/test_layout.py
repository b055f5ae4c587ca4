"""The map on disk: made once, old points never move, new ones are placed, damage is survived."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.progress import Cancelled, Report
from core.services.clusters.layout import Layout, layout_path, make_layout, read_layout, waiting


def partly(snapshot: Snapshot, rows: Iterable[int]) -> Snapshot:
    """A snapshot of a collection of which only some images are there."""
    whole, rows = snapshot.pool, list(rows)
    ids = [whole.ids[row] for row in rows]
    pool = replace(
        whole,
        ids=ids,
        files=[whole.files[row] for row in rows],
        version=f"{whole.version} {rows}",
        places=whole.places[rows],
        rows={image_id: row for row, image_id in enumerate(ids)},
    )
    return replace(snapshot, pool=pool)


@pytest.fixture
def snapshot(project: Project) -> Snapshot:
    return project.snapshot()


def test_new_images_are_placed_and_old_points_stay(snapshot):
    whole = snapshot.pool
    some = partly(snapshot, [row for row in range(len(whole)) if row % 10])
    assert read_layout(some) is None and waiting(some) is None
    first = make_layout(some, Report())
    assert not first.placed.any() and not first.drifted
    assert read_layout(snapshot) is None and waiting(snapshot) == 6
    second = make_layout(snapshot, Report())
    old = np.array([row % 10 > 0 for row in range(len(whole))])
    assert np.array_equal(second.points[old], first.points)
    assert np.array_equal(second.placed, ~old)
    again = read_layout(snapshot)
    assert again is not None and np.array_equal(again.points, second.points)
    # Removed images vanish, and those that are left stay.
    fewer = partly(snapshot, range(20))
    left = read_layout(fewer)
    assert left is not None and np.array_equal(left.points, second.points[:20])


def test_the_order_of_arrival_makes_no_difference(snapshot):
    rows = range(len(snapshot))
    most = partly(snapshot, [row for row in rows if row % 10])
    make_layout(most, Report())
    half = partly(snapshot, [row for row in rows if row % 20])
    make_layout(half, Report())
    in_two = make_layout(snapshot, Report()).points
    layout_path(snapshot).unlink()
    make_layout(most, Report())
    assert np.allclose(make_layout(snapshot, Report()).points, in_two, atol=1e-4)


def test_asked_for_afresh_every_image_is_arranged(snapshot):
    some = partly(snapshot, range(55))
    make_layout(some, Report())
    assert make_layout(snapshot, Report()).placed.sum() == 5
    assert not make_layout(snapshot, Report(), afresh=True).placed.any()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_a_damaged_file_is_no_map(snapshot, damage):
    make_layout(snapshot, Report())
    path = layout_path(snapshot)
    path.write_bytes(damage)
    assert read_layout(snapshot) is None
    assert waiting(snapshot) is None
    make_layout(snapshot, Report())
    assert read_layout(snapshot) is not None


def test_a_file_with_wrong_shapes_or_pickled_objects_is_no_map(snapshot):
    make_layout(snapshot, Report())
    path = layout_path(snapshot)
    with np.load(path) as content:
        good = dict(content)
    for change in (
        {"points": good["points"][:-1]},
        {"points": np.full_like(good["points"], np.nan)},
        {"placed": np.array([object()] * len(good["ids"]))},
        {"ids": good["ids"].astype(np.int64)},
    ):
        with path.open("wb") as file:
            np.savez(file, **(good | change))
        assert read_layout(snapshot) is None


def test_drift_is_many_far_images_or_more_new_than_old():
    def layout(old, new, far):
        placed = np.arange(old + new) >= old
        return Layout(np.zeros((old + new, 2)), placed, np.cumsum(placed) * placed > new - far)

    assert not layout(1000, 0, 0).drifted and not layout(1000, 500, 5).drifted
    assert not layout(1000, 19, 19).drifted
    assert layout(1000, 200, 40).drifted and layout(100, 101, 0).drifted


def test_cancelling_leaves_the_old_map(snapshot):
    some = partly(snapshot, range(50))
    make_layout(some, Report())
    before = layout_path(snapshot).read_bytes()
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        make_layout(snapshot, report)
    assert layout_path(snapshot).read_bytes() == before
