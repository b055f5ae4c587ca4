"""How long the map takes and how true it is, beside umap-learn on the raw vectors.

    python benchmarks/map.py WORKSPACE [--images N] [--what winnow|umap|umap-seeded|placed]

WORKSPACE is an embedded workspace; N images of it are drawn with a fixed seed. Each run is a
process of its own, compiling included. `placed` arranges nine tenths and places the last tenth on
that map as new images. Trustworthiness (Venna and Kaski 2001, 15 neighbours): 1 when all neighbours
on the map are neighbours in truth; over 2,000 images drawn with a fixed seed, each ranked against
all others; for `placed`, over placed images only.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from core.project.pool import load_pool
from core.store.workspace import load

NEIGHBOURS = 15
QUERIES = 2_000


def trustworthiness(vectors: np.ndarray, points: np.ndarray, queries: np.ndarray) -> float:
    """Share in 0..1; vectors (N, D) of unit length, points (N, 2), queries rows to judge."""
    n, penalty = len(vectors), 0.0
    for start in range(0, len(queries), 200):
        rows = queries[start : start + 200]
        line = np.arange(len(rows))
        true = -(vectors[rows] @ vectors.T)
        shown = np.square(points[rows, None] - points).sum(axis=2)
        true[line, rows] = shown[line, rows] = np.inf
        near = np.argpartition(shown, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        ranks = np.empty_like(true, dtype=np.int32)
        np.put_along_axis(ranks, true.argsort(axis=1), np.arange(1, n + 1, dtype=np.int32), axis=1)
        found = np.take_along_axis(ranks, near, axis=1)
        penalty += np.maximum(found - NEIGHBOURS, 0).sum()
    most = len(queries) * NEIGHBOURS * (2 * n - 3 * NEIGHBOURS - 1) / 2
    return float(1 - penalty / most)


def arranged(vectors: np.ndarray, what: str) -> np.ndarray:
    """(N, 2) map of all vectors, made in the way that is asked for."""
    if what == "winnow":
        from core.map.layout import layout

        return layout(vectors)
    import umap

    seed = 0 if what == "umap-seeded" else None
    return umap.UMAP(
        metric="cosine", random_state=seed, n_jobs=1 if seed == 0 else -1
    ).fit_transform(vectors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--images", type=int)
    parser.add_argument(
        "--what", choices=("winnow", "umap", "umap-seeded", "placed"), default="winnow"
    )
    given = parser.parse_args()
    vectors = load_pool(load(given.workspace)).vectors
    random = np.random.default_rng(0)
    if given.images and given.images < len(vectors):
        vectors = vectors[np.sort(random.choice(len(vectors), given.images, replace=False))]
    queries = random.choice(len(vectors), min(QUERIES, len(vectors)), replace=False)
    begun, used = time.perf_counter(), time.process_time()
    if given.what == "placed":
        from core.map.layout import layout
        from core.map.place import place

        old = np.setdiff1d(np.arange(len(vectors)), np.arange(0, len(vectors), 10))
        new = np.arange(0, len(vectors), 10)
        points = np.empty((len(vectors), 2), np.float32)
        points[old] = layout(vectors[old])
        begun, used = time.perf_counter(), time.process_time()
        points[new] = place(vectors[new], vectors[old], points[old]).points
        queries = random.choice(new, min(QUERIES, len(new)), replace=False)
    else:
        points = arranged(vectors, given.what)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    result = {
        "what": given.what,
        "images": len(vectors),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "trustworthiness": round(trustworthiness(vectors, points, queries), 4),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
