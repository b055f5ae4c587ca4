"""The map on disk: made once, old points never move, new ones are placed, damage is survived."""

from dataclasses import replace

import numpy as np
import pytest

from core.runtime.progress import Cancelled, Report
from core.services.clusters.layout import Layout, layout_path, make_layout, read_layout, waiting


class Partly:
    """A project of which only some images are there."""

    def __init__(self, project, rows):
        whole = project.pool()
        ids = [whole.ids[row] for row in rows]
        self._pool = replace(
            whole,
            ids=ids,
            files=[whole.files[row] for row in rows],
            places=whole.places[list(rows)],
            rows={image_id: row for row, image_id in enumerate(ids)},
        )
        self.workspace = project.workspace

    def pool(self):
        return self._pool


def test_new_images_are_placed_and_old_points_stay(project):
    whole = project.pool()
    some = Partly(project, [row for row in range(len(whole)) if row % 10])
    assert read_layout(some, some.pool()) is None and waiting(some, some.pool()) is None
    first = make_layout(some, Report())
    assert not first.placed.any() and not first.drifted
    assert read_layout(project, whole) is None and waiting(project, whole) == 6
    second = make_layout(project, Report())
    old = np.array([row % 10 > 0 for row in range(len(whole))])
    assert np.array_equal(second.points[old], first.points)
    assert np.array_equal(second.placed, ~old)
    again = read_layout(project, whole)
    assert again is not None and np.array_equal(again.points, second.points)
    # Removed images vanish, and those that are left stay.
    fewer = Partly(project, range(20))
    left = read_layout(fewer, fewer.pool())
    assert left is not None and np.array_equal(left.points, second.points[:20])


def test_the_order_of_arrival_makes_no_difference(project):
    rows = range(len(project.pool()))
    most = Partly(project, [row for row in rows if row % 10])
    make_layout(most, Report())
    half = Partly(project, [row for row in rows if row % 20])
    make_layout(half, Report())
    in_two = make_layout(project, Report()).points
    layout_path(project, project.pool()).unlink()
    make_layout(most, Report())
    assert np.allclose(make_layout(project, Report()).points, in_two, atol=1e-4)


def test_asked_for_afresh_every_image_is_arranged(project):
    some = Partly(project, range(55))
    make_layout(some, Report())
    assert make_layout(project, Report()).placed.sum() == 5
    assert not make_layout(project, Report(), afresh=True).placed.any()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_a_damaged_file_is_no_map(project, damage):
    make_layout(project, Report())
    path = layout_path(project, project.pool())
    path.write_bytes(damage)
    assert read_layout(project, project.pool()) is None
    assert waiting(project, project.pool()) is None
    make_layout(project, Report())
    assert read_layout(project, project.pool()) is not None


def test_a_file_with_wrong_shapes_or_pickled_objects_is_no_map(project):
    make_layout(project, Report())
    path = layout_path(project, project.pool())
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
        assert read_layout(project, project.pool()) is None


def test_drift_is_many_far_images_or_more_new_than_old():
    def layout(old, new, far):
        placed = np.arange(old + new) >= old
        return Layout(np.zeros((old + new, 2)), placed, np.cumsum(placed) * placed > new - far)

    assert not layout(1000, 0, 0).drifted and not layout(1000, 500, 5).drifted
    assert not layout(1000, 19, 19).drifted
    assert layout(1000, 200, 40).drifted and layout(100, 101, 0).drifted


def test_cancelling_leaves_the_old_map(project):
    some = Partly(project, range(50))
    make_layout(some, Report())
    before = layout_path(project, project.pool()).read_bytes()
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        make_layout(project, report)
    assert layout_path(project, project.pool()).read_bytes() == before
