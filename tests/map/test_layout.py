"""The map: the same every time, neighbours stay near, small and odd collections defined."""

import threading
import warnings

import numpy as np
import pytest
from blobs import Watched, blobs
from sklearn.neighbors import KNeighborsClassifier

from core.map.layout import layout
from core.runtime.progress import Cancelled


@pytest.fixture(scope="module")
def mapped():
    vectors, group = blobs()
    report = Watched()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = layout(vectors, 3, report)
    return vectors, group, points, report.stages


def test_groups_stay_together(mapped):
    _, group, points, _ = mapped
    near = KNeighborsClassifier(5).fit(points[::2], group[::2])
    assert near.score(points[1::2], group[1::2]) > 0.95


def test_scale_type_and_repeatability(mapped):
    vectors, _, points, _ = mapped
    assert points.shape == (300, 2) and points.dtype == np.float32
    assert np.abs(points).max() == pytest.approx(10, abs=1e-3)
    assert np.abs(points.min(axis=0) + points.max(axis=0)).max() < 1e-3
    assert np.array_equal(points, layout(vectors, 3))
    assert not np.array_equal(points, layout(vectors, 4))


def test_only_directions_count(mapped):
    vectors, _, points, _ = mapped
    assert np.array_equal(points, layout(2 * vectors, 3))


def test_progress_rises_to_one_through_named_stages(mapped):
    stages, shares = zip(*mapped[3], strict=True)
    assert list(dict.fromkeys(stages)) == [
        "finding the main directions",
        "finding neighbours",
        "building the graph",
        "arranging",
        "done",
    ]
    assert shares[0] == 0 and shares[-1] == 1 and (np.diff(shares) >= 0).all()


def test_cancel_stops_while_points_are_arranged():
    vectors, _ = blobs(n=2500)
    report = Watched(stop_at="arranging")
    with pytest.raises(Cancelled):
        layout(vectors, 0, report)
    assert "done" not in dict(report.stages)
    with pytest.raises(Cancelled):
        layout(vectors, report=report)
    # A cancelled map once left tqdm's process-wide lock held, and the next one never ended.
    later = threading.Thread(target=layout, args=(vectors,), daemon=True)
    later.start()
    later.join(60)
    assert not later.is_alive()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 14, 15, 16, 17])
def test_few_images(n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = layout(blobs(n=n)[0])
    assert points.shape == (n, 2) and np.isfinite(points).all() and np.abs(points).max() <= 10.001
    if n > 1:
        assert np.abs(points).max() == pytest.approx(10, abs=1e-3)
        assert len(np.unique(points, axis=0)) == n
    else:
        assert (points == 0).all()


@pytest.mark.parametrize("vectors", [np.ones((40, 5)), np.zeros((40, 5)), np.ones((40, 1))])
def test_images_that_are_all_alike_can_each_be_seen(vectors):
    points = layout(vectors.astype(np.float32))
    assert len(np.unique(points, axis=0)) == 40 and np.abs(points).max() <= 10.001


def test_many_copies_of_few_images():
    vectors = np.repeat(blobs(n=3)[0], 20, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = layout(vectors)
    assert np.isfinite(points).all() and np.abs(points).max() == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize(
    "vectors", [np.zeros((0, 3)), np.zeros(3), np.zeros((3, 0)), np.full((3, 2), np.nan)]
)
def test_bad_input_is_refused(vectors):
    with pytest.raises(ValueError):
        layout(vectors.astype(np.float32))


def test_of_many_images_a_part_is_arranged_and_the_others_placed(monkeypatch):
    vectors, group = blobs(n=900)
    monkeypatch.setattr("core.map.layout.ARRANGED", 500)
    report = Watched()
    points = layout(vectors, report=report)
    shares = [share for _, share in report.stages]
    near = KNeighborsClassifier(5).fit(points[::2], group[::2])
    assert near.score(points[1::2], group[1::2]) > 0.95
    assert (np.diff(shares) >= 0).all() and np.array_equal(points, layout(vectors))
