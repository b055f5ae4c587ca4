"""Groups of stored vectors are those of vectors in memory, described alike."""

from __future__ import annotations

import numpy as np
import pytest
from blobs import blobs

from core.learn.groups.clusters import kmeans
from core.learn.large import clusters
from core.learn.large.clusters import kmeans_stored
from core.runtime import rows
from core.runtime.rows import StoredRows


def test_well_apart_groups_are_found_and_described_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK", 128)
    monkeypatch.setattr(clusters, "_LEARNED_FROM", 300)
    vectors, group = blobs(n=1_000, classes=5)
    half = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    stored = StoredRows([half[:400], half[400:]], np.arange(len(half)))
    found, exact = kmeans_stored(stored, 5), kmeans(np.asarray(stored), 5)
    np.testing.assert_array_equal(found.assignment, exact.assignment)
    np.testing.assert_array_equal(found.medoids, exact.medoids)
    np.testing.assert_array_equal(found.sizes, exact.sizes)
    np.testing.assert_allclose(found.centres, exact.centres, atol=1e-3)
    assert all(len(np.unique(group[found.assignment == n])) == 1 for n in range(5))
