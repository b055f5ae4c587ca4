"""Bytes for the map element: named by content, dropped when too many, handed out by name only."""

from __future__ import annotations

import numpy as np
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.learn.groups.clusters import kmeans
from core.project.project import Project
from core.services.predict.predicting import predict
from core.ui.clusters import parts as map_parts
from core.ui.clusters.parts import Details, Parts, parts
from core.ui.shell.server import routes


def test_the_same_content_has_one_name_and_is_made_once() -> None:
    store, made = Parts(), []

    def make() -> np.ndarray:
        made.append(1)
        return np.arange(5, dtype=np.uint8)

    first = store.put("w", "key", make)
    assert store.put("w", "key", make) == first and len(made) == 1
    assert store.put("w", "other key", make) == first
    assert store.put("w", "key 2", lambda: np.arange(6, dtype=np.uint8)) != first
    assert store.content("w", first) == bytes(range(5))
    assert store.content("other workspace", first) is None


def test_old_parts_are_dropped_and_made_again(monkeypatch) -> None:
    monkeypatch.setattr(map_parts, "MOST_BYTES", 3_000)
    store = Parts()

    def part(n: int) -> str:
        return store.put("w", n, lambda: np.full(1_000, n, dtype=np.uint8))

    tokens = [part(n) for n in range(20)]
    assert store.content("w", tokens[0]) is None and store.content("w", tokens[-1])
    assert part(0) == tokens[0] and store.content("w", tokens[0])


def test_the_routes_hand_out_parts_and_points(project: Project) -> None:
    client = TestClient(Starlette(routes=routes()))
    pool = project.pool()
    predictions = predict(project.snapshot())
    details = Details(pool, predictions, kmeans(pool.vectors, 3))
    token = parts.put(project.key, "points", lambda: np.ones((4, 2), "<f4"))
    answer = client.get(f"/map/{project.key}/{token}")
    assert np.array_equal(np.frombuffer(answer.content, "<f4"), np.ones(8))
    assert "immutable" in answer.headers["cache-control"]
    assert "access-control-allow-origin" not in answer.headers
    name = parts.describe(project.key, details)
    assert parts.describe(project.key, Details(pool, predictions, details.clusters)) == name
    said = client.get(f"/point/{project.key}/{name}/7").json()
    assert said["id"] == pool.ids[7] and said["picture"].endswith(pool.ids[7])
    assert pool.files[7][0].path in said["lines"]
    for bad in (
        f"/map/{project.key}/{name}",
        f"/map/other/{token}",
        f"/point/{project.key}/{token}/1",
        f"/point/{project.key}/{name}/{len(pool)}",
        f"/point/{project.key}/{name}/-1",
    ):
        assert client.get(bad).status_code == 404
