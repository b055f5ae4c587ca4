"""The graph and the curve: those of umap-learn, which takes half a minute to import."""

import numpy as np
import pytest
from blobs import blobs

from core.map.graph import fuzzy_graph
from core.map.layout import _CURVE
from core.map.neighbours import nearest


@pytest.mark.parametrize("copies", [1, 12])
def test_the_graph_is_that_of_umap_learn(copies):
    from umap import umap_

    points = np.repeat(blobs(n=480 // copies, dimensions=6)[0], copies, axis=0)
    indices, distances = nearest(points, 15)
    expected, _, _ = umap_.fuzzy_simplicial_set(
        points, 15, np.random.RandomState(0), "euclidean", knn_indices=indices, knn_dists=distances
    )
    assert np.abs((fuzzy_graph(indices, distances) - expected).toarray()).max() < 1e-4


def test_the_curve_is_that_of_umap_learn():
    from umap import umap_

    assert np.allclose(_CURVE, umap_.find_ab_params(1.0, 0.1), rtol=1e-4)
