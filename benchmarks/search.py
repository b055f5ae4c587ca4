"""What a search costs among a million images: comparing all of them, and with an index.

    python benchmarks/search.py [--rows 1000000] [--dim 512]

The vectors are made up: cluster centres (one in 200 rows, of sizes that fall off as 1/rank^0.5) and
their members lie in Gaussians whose variance falls as 1/i along the axes, as it does for vectors of
photographs, members 0.7 times as wide as centres. Queries are new members ("images") and vectors
half way between a centre and a direction that no image has ("texts"). Making, building and
searching are processes of their own, so that each has a peak memory of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.runtime.progress import Report
from core.search.collection import Collection
from core.search.exact import top_many
from core.store.vectors import VectorStore

QUERIES = 100
K = 20


class Source:
    """Where vectors come from; the same ones for the same size."""

    def __init__(self, rows: int, dim: int) -> None:
        self.random = np.random.default_rng(0)
        self.spread = (1 / np.sqrt(1 + np.arange(dim))).astype(np.float32)
        count = max(1, rows // 200)
        self.centres = self.normal(count) * self.spread
        shares = 1 / np.sqrt(1 + np.arange(count))
        self.shares = shares / shares.sum()

    def normal(self, count: int) -> np.ndarray:
        return self.random.standard_normal((count, len(self.spread)), dtype=np.float32)

    def images(self, count: int) -> np.ndarray:
        chosen = self.random.choice(len(self.centres), count, p=self.shares)
        return unit(self.centres[chosen] + 0.7 * self.normal(count) * self.spread)

    def texts(self, count: int) -> np.ndarray:
        chosen = self.random.choice(len(self.centres), count)
        return unit(unit(self.centres[chosen]) + unit(self.normal(1)) * np.ones((count, 1)))


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def queries_of(source: Source, seed: int) -> dict[str, np.ndarray]:
    source.random = np.random.default_rng(seed)
    return {"images": source.images(2 * QUERIES), "texts": source.texts(2 * QUERIES)}


def make(folder: Path, rows: int, dim: int) -> dict[str, object]:
    source = Source(rows, dim)
    store = VectorStore(folder / "vectors", dim, writable=True)
    for start in range(0, rows, 50_000):
        count = min(50_000, rows - start)
        ids = [f"{number:032x}" for number in range(start, start + count)]
        store.append(ids, source.images(count))
    return {"GB on disk": sum(p.stat().st_size for p in store.folder.iterdir()) / 1e9}


def opened(folder: Path, rows: int) -> Collection:
    store = VectorStore.peek(folder / "vectors")
    return Collection.of_store(store, [f"{n:032x}" for n in range(rows)], folder / "index")


def build(folder: Path, rows: int, dim: int) -> dict[str, object]:
    collection = opened(folder, rows)
    begun = time.perf_counter()
    collection.build_index(queries_of(Source(rows, dim), 1), Report())
    facts = collection.index.facts
    return {
        "seconds": time.perf_counter() - begun,
        "lists": facts.lists,
        "lists read": facts.probes,
        "recall stated": facts.recall,
        "GB on disk": sum(p.stat().st_size for p in (folder / "index").iterdir()) / 1e9,
    }


def search(folder: Path, rows: int, dim: int) -> dict[str, object]:
    collection = opened(folder, rows)
    result: dict[str, object] = {}
    for kind, queries in queries_of(Source(rows, dim), 2).items():
        truth = top_many(collection.blocks, queries, 10)
        for exact in (True, False):
            seconds, found = [], []
            for query in queries[: QUERIES // (5 if exact else 1)]:
                begun = time.perf_counter()
                hits, how = collection.top(query, K, exact=exact)
                seconds.append(time.perf_counter() - begun)
                found.append(np.isin(hits.rows[:10], truth[len(found)]).mean())
            assert how == ("exact" if exact else "index")
            result[f"{kind}, {how}"] = {
                "median ms": 1000 * statistics.median(seconds),
                "95 % below ms": 1000 * float(np.quantile(seconds, 0.95)),
                "recall@10": float(np.mean(found)),
            }
    return result


STEPS = {"make": make, "build": build, "search": search}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="Where to work; kept [default: temporary].")
    given = parser.parse_args()
    if given.step:
        result = STEPS[given.step](given.folder, given.rows, given.dim)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        print(json.dumps(result | {"peak memory GB": peak}))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        for step in STEPS:
            if step == "make" and (folder / "vectors").exists():
                continue
            command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
            command += ["--rows", str(given.rows), "--dim", str(given.dim)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            print(step, json.dumps(json.loads(done.stdout), indent=1), flush=True)


if __name__ == "__main__":
    main()
