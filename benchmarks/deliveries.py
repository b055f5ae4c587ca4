"""Deliveries, resampled: false alarms, a class that was not there, shares that moved.

    python benchmarks/labels.py prepare OUT NAME IMAGES --truth truth.csv --prompts prompts.yaml
    python benchmarks/deliveries.py OUT/NAME.npz --images 500 --times 20
    python benchmarks/deliveries.py OUT/NAME.npz --images 500 --times 1 --collections 20

For each class in turn: a collection of the others with 200 labels makes a head and a reference;
deliveries are drawn from images that it never saw: as before, with 10 % of the class left out, with
15 points more of one class. What `core.sorter.verdict.judge` says of each is counted.

Deliveries of one collection are drawn from the same few thousand images and much alike: where one
is taken for another kind by chance, most are. With a collection each (``--times 1 --collections
20``) they are as independent as the images allow.
"""

from __future__ import annotations

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.sorter.distilling import distil
from core.sorter.verdict import Looks, judge

LABELS, NEW, MOVED = 200, 0.10, 0.15
KINDS = ("as before", "10 % new", "15 points more")


class Scene:
    """A collection without one class, and what was never seen."""

    def __init__(
        self, arrays: dict[str, np.ndarray], out: int, size: int, reference: int, seed: int
    ) -> None:
        chance = np.random.default_rng(seed)
        truth, self._vectors = arrays["truth"], arrays["vectors"]
        self._whole = arrays["whole"].astype(np.float32)
        self.seen = slice(*arrays["looks"].tolist())
        self.rest = [k for k in range(arrays["logits"].shape[1]) if k != out]
        self._logits = arrays["logits"][:, self.rest]
        known = chance.permutation(np.flatnonzero(truth != out))
        collection, self.fresh = known[:size], known[size:]
        self.unknown, self.truth = np.flatnonzero(truth == out), truth
        vectors, logits = self._vectors[collection], self._logits[collection]
        classes = np.searchsorted(self.rest, truth[collection])
        rows = chance.permutation(size)[:LABELS]
        learner = Learner(vectors, logits, graph=knn_graph(vectors))
        fitted = learner.fit(rows, classes[rows])
        made = distil(fitted.model, vectors, logits, fitted.probabilities, rows, classes[rows])
        self._model = made.model
        self.before = np.bincount(made.outside.argmax(axis=1), minlength=len(self.rest))
        drawn = chance.permutation(len(made.rows))[:reference]
        self.reference = Looks(self._whole[collection[made.rows[drawn]]], made.outside[drawn])

    def looks(self, rows: np.ndarray) -> Looks:
        return Looks(
            self._whole[rows], self._model.predict(self._vectors[rows], self._logits[rows])
        )

    def drawn(self, kind: str, images: int, chance: np.random.Generator) -> np.ndarray:
        """Rows of a delivery."""
        if kind == "as before":
            return chance.choice(self.fresh, images, replace=False)
        if kind == "10 % new":
            count, pool = round(NEW * images), self.unknown
        else:
            pool = self.fresh[self.truth[self.fresh] == chance.choice(self.rest)]
            share = len(pool) / len(self.fresh)
            count = round(MOVED / (1 - share) * images)
        more = chance.choice(pool, min(count, len(pool)), replace=False)
        others = chance.choice(np.setdiff1d(self.fresh, more), images - len(more), replace=False)
        return np.concatenate([others, more])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--size", type=int, default=4_000, help="images of the collection")
    parser.add_argument("--images", type=int, nargs="+", default=[500, 1_000])
    parser.add_argument("--reference", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=20, help="deliveries of a kind and collection")
    parser.add_argument("--collections", type=int, default=1, help="of each class left out")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--classes", type=int, nargs="+", help="to leave out; all by default")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    each = asked.times * asked.collections
    with np.load(asked.file) as loaded:
        count = loaded["logits"].shape[1]
    print("| class left out | images | delivery | same | moved | new | drifted |")
    print("|---|---|---|---|---|---|---|")
    total: dict[tuple[int, str], Counter[str]] = {}
    with ProcessPoolExecutor(asked.jobs) as pool:
        classes = asked.classes or range(count)
        for out, counted in zip(classes, pool.map(partial(of_class, asked), classes), strict=True):
            for (images, kind), found in counted.items():
                print(_row(str(out), images, kind, found, each), flush=True)
                total.setdefault((images, kind), Counter()).update(found)
    for (images, kind), found in total.items():
        print(_row("all", images, kind, found, each * len(classes)))


def of_class(asked: argparse.Namespace, out: int) -> dict[tuple[int, str], Counter[str]]:
    """What is said of deliveries, where one class was left out of the collection."""
    with np.load(asked.file) as loaded:
        arrays = {name: loaded[name] for name in ("vectors", "whole", "looks", "logits", "truth")}
    counted = dict[tuple[int, str], Counter[str]]()
    for number in range(asked.collections):
        scene = Scene(arrays, out, asked.size, asked.reference, out + 100 * number)
        names = [str(k) for k in scene.rest]
        for images, kind in product(asked.images, asked.kinds):
            found = counted.setdefault((images, kind), Counter())
            for time in range(asked.times):
                seed = 1000 * out + time + 100_000 * number
                rows = scene.drawn(kind, images, np.random.default_rng(seed))
                delivery = scene.looks(rows)
                watched = judge(names, scene.before, scene.reference, delivery, time, scene.seen)
                found[watched.kind] += 1
                found["shares"] += any(one.moved for one in watched.shares)
                found["drifted"] += watched.drift.drifted
    return counted


def _row(name: str, images: int, kind: str, found: Counter[str], times: int) -> str:
    shares = [f"{found[key] / times:.3f}" for key in ("same", "shares", "new", "drifted")]
    return f"| {name} | {images} | {kind} | {' | '.join(shares)} |"


if __name__ == "__main__":
    main()
