"""A preview of a random part says about what all images say, and the same once it is all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.project.project import Project
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.sampling import sampled
from core.services.prompts.workbench import bench
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def labeled(project: Project) -> Project:
    """With labels of the first images of the audit stream."""
    snapshot = project.snapshot()
    truth = read_labels(snapshot.workspace.images / "truth.csv")
    pool, rows = snapshot.pool, snapshot.audit_order[:12]
    project.labels.add([Event(pool.ids[r], truth[pool.paths[r]]) for r in rows], "ann", "test")
    return project


def test_a_part_is_a_small_collection_of_the_same_images(labeled: Project) -> None:
    snapshot = labeled.snapshot()
    part = sampled(snapshot, 40)
    rows = snapshot.pool.rows_of(part.pool.ids)
    assert len(part) == 40 and (np.diff(rows) > 0).all()
    assert set(rows) == set(snapshot.audit_order[:40])
    np.testing.assert_array_equal(part.pool.vectors, snapshot.pool.vectors[rows])
    np.testing.assert_array_equal(part.human, snapshot.human[rows])
    np.testing.assert_array_equal(rows[part.audit], snapshot.audit)
    np.testing.assert_allclose(zero_shot(part).scores, zero_shot(snapshot).scores[rows], atol=1e-5)
    assert bench(part).agreement.n == bench(snapshot).agreement.n == 12
    assert sampled(labeled.snapshot(), 40).pool is part.pool
    assert len(sampled(snapshot, 30)) == 30


def test_estimates_hold_what_all_images_say(labeled: Project) -> None:
    snapshot = labeled.snapshot()
    exact = bench(snapshot)
    about = replace(bench(sampled(snapshot, len(snapshot) // 2)), whole=len(snapshot))
    for k, figures in enumerate(exact.figures):
        estimate, off = about.takes(k)
        assert off > 0 and abs(estimate - figures.count) <= off + 1
        assert exact.takes(k) == (figures.count, 0)


def test_a_part_that_is_all_is_exact(labeled: Project) -> None:
    snapshot = labeled.snapshot()
    whole = replace(bench(sampled(snapshot)), whole=len(snapshot))
    for k, figures in enumerate(bench(snapshot).figures):
        assert whole.takes(k) == (figures.count, 0)
    assert whole.agreement == bench(snapshot).agreement
