"""The map: the same every time, neighbours kept, small and odd collections defined."""

import threading
import warnings

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from core.map.graph import fuzzy_graph
from core.map.layout import _CURVE, Cancelled, layout
from core.map.neighbours import likely_nearest, nearest
from core.map.pca import principal_components


def _blobs(n=300, classes=6, dimensions=80, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.integers(classes, size=n)
    vectors = 4 * rng.normal(size=(classes, dimensions))[group]
    return (vectors + rng.normal(size=(n, dimensions))).astype(np.float32), group


@pytest.fixture(scope="module")
def mapped():
    vectors, group = _blobs()
    told: list[tuple[str, float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = layout(vectors, 3, lambda stage, share: told.append((stage, share)))
    return vectors, group, found, told


def test_groups_stay_together(mapped):
    _, group, found, _ = mapped
    near = KNeighborsClassifier(5).fit(found[::2], group[::2])
    assert near.score(found[1::2], group[1::2]) > 0.95


def test_scale_type_and_repeatability(mapped):
    vectors, _, found, _ = mapped
    assert found.shape == (300, 2) and found.dtype == np.float32
    assert np.abs(found).max() == pytest.approx(10, abs=1e-3)
    assert np.abs(found.min(axis=0) + found.max(axis=0)).max() < 1e-3
    assert np.array_equal(found, layout(vectors, 3))
    assert not np.array_equal(found, layout(vectors, 4))


def test_only_directions_count(mapped):
    vectors, _, found, _ = mapped
    assert np.array_equal(found, layout(2 * vectors, 3))


def test_progress_rises_to_one_through_named_stages(mapped):
    _, _, _, told = mapped
    stages, shares = zip(*told, strict=True)
    assert list(dict.fromkeys(stages)) == [
        "finding the main directions",
        "finding neighbours",
        "building the graph",
        "arranging",
        "done",
    ]
    assert shares[0] == 0 and shares[-1] == 1 and (np.diff(shares) >= 0).all()


def test_cancel_stops_while_points_are_arranged():
    vectors, _ = _blobs(n=2500)
    stage = [""]
    seen: list[str] = []

    def progress(name, share):
        stage[0] = name
        seen.append(name)

    with pytest.raises(Cancelled):
        layout(vectors, 0, progress, lambda: stage[0] == "arranging")
    assert "done" not in seen
    with pytest.raises(Cancelled):
        layout(vectors, cancelled=lambda: True)
    # A cancelled map once left tqdm's process-wide lock held, and the next one never ended.
    later = threading.Thread(target=layout, args=(vectors,), daemon=True)
    later.start()
    later.join(60)
    assert not later.is_alive()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 14, 15, 16, 17])
def test_few_images(n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = layout(_blobs(n=n)[0])
    assert found.shape == (n, 2) and np.isfinite(found).all() and np.abs(found).max() <= 10.001
    if n > 1:
        assert np.abs(found).max() == pytest.approx(10, abs=1e-3)
        assert len(np.unique(found, axis=0)) == n
    else:
        assert (found == 0).all()


@pytest.mark.parametrize("vectors", [np.ones((40, 5)), np.zeros((40, 5)), np.ones((40, 1))])
def test_images_that_are_all_alike_can_each_be_seen(vectors):
    found = layout(vectors.astype(np.float32))
    assert len(np.unique(found, axis=0)) == 40 and np.abs(found).max() <= 10.001


def test_many_copies_of_few_images():
    vectors = np.repeat(_blobs(n=3)[0], 20, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = layout(vectors)
    assert np.isfinite(found).all() and np.abs(found).max() == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize(
    "vectors", [np.zeros((0, 3)), np.zeros(3), np.zeros((3, 0)), np.full((3, 2), np.nan)]
)
def test_bad_input_is_refused(vectors):
    with pytest.raises(ValueError):
        layout(vectors.astype(np.float32))


@pytest.mark.parametrize(("n", "dimensions"), [(200, 30), (30, 200), (30, 30)])
def test_components_agree_with_scikit_learn(n, dimensions):
    vectors = _blobs(n=n, dimensions=dimensions)[0]
    ours = principal_components(vectors, 5)
    expected = PCA(5, svd_solver="full").fit_transform(vectors)
    signs = np.sign((ours * expected).sum(axis=0))
    assert np.abs(ours - signs * expected).max() < 1e-2


def test_components_beyond_the_rank_are_zero():
    line = np.outer(np.arange(4), np.ones(9)).astype(np.float32)
    found = principal_components(line, 3)
    assert np.ptp(found[:, 0]) == pytest.approx(9, abs=1e-3) and np.abs(found[:, 1:]).max() < 1e-3


def test_neighbours_agree_with_scikit_learn():
    points = _blobs(n=500, dimensions=6)[0]
    shares: list[float] = []
    indices, distances = nearest(points, 7, shares.append)
    expected = NearestNeighbors(n_neighbors=7).fit(points).kneighbors(points)
    assert np.abs(distances - expected[0]).max() < 1e-2
    assert np.array_equal(indices[:, 0], np.arange(500)) and (indices == expected[1]).mean() > 0.99
    assert shares[-1] == 1.0


def test_likely_neighbours_are_nearly_all_true_ones():
    points = _blobs(n=6000, dimensions=12)[0]
    found, distances = likely_nearest(points, 10, lambda share: None)
    expected, true = nearest(points, 10, lambda share: None)
    shared = [len({*a} & {*b}) / 10 for a, b in zip(found, expected, strict=True)]
    assert np.mean(shared) > 0.9 and (found[:, 0] == np.arange(6000)).all()
    same = found == expected
    assert np.abs(distances - true)[same].max() < 1e-2


@pytest.mark.parametrize("copies", [1, 40, 6000])
def test_likely_neighbours_of_copies_and_few_points(copies):
    points = np.repeat(_blobs(n=6000 // copies, dimensions=5)[0], copies, axis=0)
    found, distances = likely_nearest(points, 15, lambda share: None)
    assert (found >= 0).all() and (found[:, 0] == np.arange(len(points))).all()
    assert np.isfinite(distances).all() and (distances[:, 0] == 0).all()


@pytest.mark.parametrize("copies", [1, 12])
def test_the_graph_is_that_of_umap_learn(copies):
    from umap import umap_

    points = np.repeat(_blobs(n=480 // copies, dimensions=6)[0], copies, axis=0)
    indices, distances = nearest(points, 15, lambda share: None)
    expected, _, _ = umap_.fuzzy_simplicial_set(
        points, 15, np.random.RandomState(0), "euclidean", knn_indices=indices, knn_dists=distances
    )
    assert np.abs((fuzzy_graph(indices, distances) - expected).toarray()).max() < 1e-4


def test_the_curve_is_that_of_umap_learn():
    from umap import umap_

    assert np.allclose(_CURVE, umap_.find_ab_params(1.0, 0.1), rtol=1e-4)


def test_of_many_images_a_part_is_arranged_and_the_others_placed(monkeypatch):
    vectors, group = _blobs(n=900)
    monkeypatch.setattr("core.map.layout._ARRANGED", 500)
    shares: list[float] = []
    found = layout(vectors, progress=lambda stage, share: shares.append(share))
    near = KNeighborsClassifier(5).fit(found[::2], group[::2])
    assert near.score(found[1::2], group[1::2]) > 0.95
    assert (np.diff(shares) >= 0).all() and np.array_equal(found, layout(vectors))


def test_a_point_comes_before_its_copies():
    indices, distances = nearest(np.ones((20, 3), dtype=np.float32), 5, lambda share: None)
    assert np.array_equal(indices[:, 0], np.arange(20)) and np.abs(distances).max() < 1e-3
