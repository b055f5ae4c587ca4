"""Neighbours of stored vectors: nearly those that comparing all finds, and the share is true."""

from __future__ import annotations

import numpy as np
import pytest
from blobs import blobs

from core.learn.large import graph as graph_module
from core.learn.large.graph import likely_graph
from core.learn.models.neighbourhood import knn_graph
from core.runtime.progress import Cancelled, Report
from core.runtime.rows import StoredRows


def stored(count: int, seed: int = 0) -> StoredRows:
    vectors = blobs(n=count, classes=12, dimensions=96, seed=seed)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    half = vectors.astype(np.float16)
    return StoredRows([half[: count // 3], half[count // 3 :]], np.arange(count))


def test_most_neighbours_are_those_of_comparing_all() -> None:
    vectors = stored(4_000)
    graph, recall = likely_graph(vectors, 10, Report())
    exact = knn_graph(np.asarray(vectors), 10).neighbours
    found = (
        np.mean([len(np.intersect1d(a, b)) for a, b in zip(graph.neighbours, exact, strict=True)])
        / 10
    )
    assert recall > 0.85 and abs(found - recall) < 0.05
    assert graph.neighbours.shape == (4_000, 10) and graph.neighbours.dtype == np.int32
    assert (graph.neighbours != np.arange(4_000)[:, None]).all()


def test_the_nearest_come_first_and_a_second_search_gives_the_same() -> None:
    vectors = stored(1_500, seed=3)
    first, second = (likely_graph(vectors, 5, Report())[0].neighbours for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_hardly_any_images_still_have_neighbours_in_range() -> None:
    graph, recall = likely_graph(stored(12), 10, Report())
    assert graph.neighbours.shape == (12, 10)
    assert graph.neighbours.min() >= 0 and graph.neighbours.max() < 12 and 0 < recall <= 1


class Held:
    """Keeps parts in memory; stops the search after some."""

    def __init__(self, report: Report, after: int) -> None:
        self.parts: dict[int, np.ndarray] = {}
        self.report, self.after = report, after

    def read(self, begin: int) -> np.ndarray | None:
        return self.parts.get(begin)

    def write(self, begin: int, rows: np.ndarray) -> None:
        self.parts[begin] = rows.copy()
        if len(self.parts) == self.after:
            self.report.cancel()


def test_a_search_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "_PART", 400)
    monkeypatch.setattr(graph_module, "_QUERIES", 200)
    vectors, report = stored(1_500, seed=3), Report()
    whole = likely_graph(vectors, 5, Report())[0].neighbours
    shelf = Held(report, 2)
    with pytest.raises(Cancelled):
        likely_graph(vectors, 5, report, shelf)
    assert sorted(shelf.parts) == [0, 400]
    shelf.parts[0] = shelf.parts[0][:, ::-1].copy()  # it is taken as it is, not searched again
    shelf.parts[400] = np.full((400, 5), 1_500, np.int32)  # no such image: damaged
    shelf.report, shelf.after = Report(), 0
    later = likely_graph(vectors, 5, shelf.report, shelf)[0].neighbours
    np.testing.assert_array_equal(later[:400], whole[:400, ::-1])
    np.testing.assert_array_equal(later[400:], whole[400:])
    assert sorted(shelf.parts) == [0, 400, 800, 1_200]


def test_it_stops_when_asked() -> None:
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        likely_graph(stored(200), 5, report)
