"""What a round of labeling costs: retrain, rescore every image, choose the next batch.

    python benchmarks/labels.py prepare OUT cifar CIFAR --truth cifar.csv --classes airplane … truck
    python benchmarks/rounds.py OUT/cifar.npz

A round is `Learner.fit` and `Learner.next_batch`; "with unseen": with 60 of the labels judged
besides by models that were not told of them, as the app does it for its temperature and estimates;
"first": a fit that has to find the groups of the cluster prior. Seconds by the clock / of the
processor, medians of three. Sizes are random parts of the file. For 200 classes the truth is made
up: k-means of the vectors, with prompts that are right for three images in four. Every case runs in
a process of its own, whose peak memory is given, with the arrays it was handed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from memory import peak

CASES = ((10_000, 10, 300), (30_000, 10, 300), (60_000, 10, 300), (10_000, 200, 400))
TURNS = 3
JUDGED = 60


def clocked(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call returns, its seconds by the clock and those of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    return call(), time.perf_counter() - wall, time.process_time() - cpu


def case(file: Path, labels: int) -> dict[str, Any]:
    """Measure one file."""
    from core.learn.models.learner import Learner
    from core.learn.models.neighbourhood import Graph

    with np.load(file) as arrays:
        vectors, logits, truth = arrays["vectors"], arrays["logits"], arrays["truth"]
        graph = Graph(arrays["neighbours"])
    learner = Learner(vectors, logits, logits, graph)
    rows = np.random.default_rng(0).permutation(len(truth))[:labels]
    _, *first = clocked(lambda: learner.fit(rows, truth[rows]))
    rounds, batches, unseen = [], [], []
    for turn in range(TURNS):
        fitted, *spent = clocked(lambda: learner.fit(rows, truth[rows]))
        rounds.append(spent)
        left = np.setdiff1d(np.arange(len(truth)), rows)
        more = clocked(lambda left=left, turn=turn, fitted=fitted: learner.next_batch(
            fitted, rows, left, 10, seed=turn
        ))  # fmt: skip
        batches.append(more[1:])
        judged = clocked(lambda: learner.fit(rows, truth[rows], judged=rows[:JUDGED]))
        unseen.append(judged[1:])
    result = {name: np.median(values, axis=0).tolist() for name, values in (
        ("fit", rounds), ("batch", batches), ("unseen", unseen)
    )}  # fmt: skip
    return result | {"first": first, "memory": peak()}


def made_up(vectors: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Zero-shot logits (N, classes) and a truth (N,) for classes that nobody named."""
    from sklearn.cluster import MiniBatchKMeans

    from core.learn.models.calibration import pool_temperature

    groups = MiniBatchKMeans(classes, random_state=0, n_init=1, max_iter=10).fit(vectors)
    texts = groups.cluster_centers_ - vectors.mean(axis=0)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    texts += 0.04 * np.random.default_rng(1).normal(size=texts.shape)
    scores = ((vectors - vectors.mean(axis=0)) @ texts.T).astype(np.float32)
    return scores / np.float32(pool_temperature(scores)), groups.labels_


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(case(options.file, options.case)))
        return
    from core.learn.models.neighbourhood import knn_graph

    with np.load(options.file) as arrays:
        whole = {name: arrays[name] for name in ("vectors", "logits", "truth")}
    print("| images | classes | labels | fit and rescore | next batch | round | with unseen "
          "| first | memory |\n" + "|---" * 9 + "|")  # fmt: skip
    for images, classes, labels in CASES:
        rows = np.random.default_rng(0).permutation(len(whole["truth"]))[:images]
        part = {name: values[rows] for name, values in whole.items()}
        if classes != part["logits"].shape[1]:
            part["logits"], part["truth"] = made_up(part["vectors"], classes)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "case.npz")
            np.savez(file, neighbours=knn_graph(part["vectors"]).neighbours, **part)
            command = [sys.executable, __file__, str(file), "--case", str(labels)]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        fitted = json.loads(out.splitlines()[-1])
        fit, batch, unseen, first = (fitted[k] for k in ("fit", "batch", "unseen", "first"))
        both = [fit[0] + batch[0], fit[1] + batch[1]]
        cells = [" / ".join(f"{s:.2f}" for s in pair) for pair in (fit, batch, both, unseen, first)]
        sizes = [f"{len(rows):,}", str(classes), str(labels)]
        print("| " + " | ".join([*sizes, *cells, f"{fitted['memory']:.0f} MB"]) + " |", flush=True)


if __name__ == "__main__":
    main()
