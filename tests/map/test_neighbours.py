"""Neighbours: exact ones are those of scikit-learn, likely ones nearly all of them."""

import numpy as np
import pytest
from blobs import Watched, blobs
from sklearn.neighbors import NearestNeighbors

from core.map.neighbours import likely_nearest, nearest
from core.map.stage import Stage


def test_neighbours_agree_with_scikit_learn():
    points = blobs(n=500, dimensions=6)[0]
    report = Watched()
    indices, distances = nearest(points, 7, Stage(report))
    expected = NearestNeighbors(n_neighbors=7).fit(points).kneighbors(points)
    assert np.abs(distances - expected[0]).max() < 1e-2
    assert np.array_equal(indices[:, 0], np.arange(500)) and (indices == expected[1]).mean() > 0.99
    assert report.stages[-1][1] == 1.0


def test_likely_neighbours_are_nearly_all_true_ones():
    points = blobs(n=6000, dimensions=12)[0]
    result, distances = likely_nearest(points, 10)
    expected, true = nearest(points, 10)
    shared = [len({*a} & {*b}) / 10 for a, b in zip(result, expected, strict=True)]
    assert np.mean(shared) > 0.9 and (result[:, 0] == np.arange(6000)).all()
    same = result == expected
    assert np.abs(distances - true)[same].max() < 1e-2


@pytest.mark.parametrize("copies", [1, 40, 6000])
def test_likely_neighbours_of_copies_and_few_points(copies):
    points = np.repeat(blobs(n=6000 // copies, dimensions=5)[0], copies, axis=0)
    result, distances = likely_nearest(points, 15)
    assert (result >= 0).all() and (result[:, 0] == np.arange(len(points))).all()
    assert np.isfinite(distances).all() and (distances[:, 0] == 0).all()


def test_a_point_comes_before_its_copies():
    indices, distances = nearest(np.ones((20, 3), dtype=np.float32), 5)
    assert np.array_equal(indices[:, 0], np.arange(20)) and np.abs(distances).max() < 1e-3
