"""Principal components: those of scikit-learn."""

import numpy as np
import pytest
from blobs import blobs
from sklearn.decomposition import PCA

from core.map.pca import principal_components


@pytest.mark.parametrize(("n", "dimensions"), [(200, 30), (30, 200), (30, 30)])
def test_components_agree_with_scikit_learn(n, dimensions):
    vectors = blobs(n=n, dimensions=dimensions)[0]
    ours = principal_components(vectors, 5)
    expected = PCA(5, svd_solver="full").fit_transform(vectors)
    signs = np.sign((ours * expected).sum(axis=0))
    assert np.abs(ours - signs * expected).max() < 1e-2


def test_components_beyond_the_rank_are_zero():
    line = np.outer(np.arange(4), np.ones(9)).astype(np.float32)
    scores = principal_components(line, 3)
    assert np.ptp(scores[:, 0]) == pytest.approx(9, abs=1e-3) and np.abs(scores[:, 1:]).max() < 1e-3
