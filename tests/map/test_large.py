"""The map of vectors on disk: groups stay together, and no more than a part is ever read."""

from __future__ import annotations

import numpy as np
import pytest
from blobs import Watched, blobs
from sklearn.neighbors import KNeighborsClassifier

from core.map.layout import layout
from core.map.neighbours import lists_of, near_in, nearest
from core.runtime import rows
from core.runtime.progress import Cancelled
from core.runtime.rows import StoredRows


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> tuple[StoredRows, np.ndarray]:
    """1,500 vectors on disk, of which 500 are arranged, and the group of each."""
    monkeypatch.setattr("core.map.layout.ARRANGED", 500)
    monkeypatch.setattr(rows, "BLOCK", 256)
    vectors, group = blobs(n=1_500)
    half = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return StoredRows([half[:700], half[700:]], np.arange(len(half))), group


def test_groups_stay_together_and_the_map_is_the_same_every_time(
    stored: tuple[StoredRows, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, group = stored
    report = Watched()
    monkeypatch.setattr(StoredRows, "__array__", None)  # nobody may ask for all at once
    points = layout(vectors, report=report)
    near = KNeighborsClassifier(5).fit(points[::2], group[::2])
    assert near.score(points[1::2], group[1::2]) > 0.95
    assert np.abs(points).max() == pytest.approx(10, abs=1e-3)
    np.testing.assert_array_equal(points, layout(vectors))
    stages, shares = zip(*report.stages, strict=True)
    assert "placing the others" in stages and (np.diff(shares) >= 0).all() and shares[-1] == 1


def test_the_index_finds_nearly_all_that_comparing_all_does() -> None:
    points = blobs(n=6_500, dimensions=12)[0]
    near, distances = near_in(lists_of(points[:6_000]), points[6_000:], 10)
    exact, apart = nearest(points[:6_000], 10, queries=points[6_000:])
    shared = [len({*a} & {*b}) / 10 for a, b in zip(near.tolist(), exact.tolist(), strict=True)]
    assert np.mean(shared) > 0.9
    np.testing.assert_allclose(distances[near == exact], apart[near == exact], atol=1e-2)


def test_lists_that_hold_too_few_give_what_they_hold() -> None:
    points = np.eye(300, dtype=np.float32)
    near, distances = near_in(lists_of(points), points[:5], 290)
    assert near.shape == (5, 290) and (near >= 0).all() and np.isfinite(distances).all()


def test_images_that_are_all_alike_can_each_be_seen_and_it_stops_when_asked(
    stored: tuple[StoredRows, np.ndarray],
) -> None:
    same = StoredRows([np.ones((1_200, 4), np.float16) / 2], np.arange(1_200))
    assert np.isfinite(layout(same)).all()
    with pytest.raises(Cancelled):
        layout(stored[0], report=Watched(stop_at="placing the others"))
