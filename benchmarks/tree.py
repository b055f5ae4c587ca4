"""Classes in groups: how many more images does a promise sort, and are groups told apart as well?

    python benchmarks/tree.py clothing.npz --repeats 40 --jobs 2

The file is what ``benchmarks/labels.py prepare`` writes, of the clothing photos. Each repeat learns
from 100 random labels and 150 random images that carry the promise: of all that is sorted, 95 %
is right, in its class, or with groups in a class or group. Beside it a model that knows the groups
alone: its prompts are those of all classes of a group.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph
from core.learn.promises.branches import branch_threshold
from core.learn.promises.thresholds import precision_threshold
from core.learn.tree.class_tree import ClassTree

GROUPS = {
    "tops": ("longsleeve", "outwear", "shirt", "t-shirt"),
    "below the waist": ("dress", "pants", "shorts", "skirt"),
    "not worn on the body": ("hat", "shoes"),
}
PARENTS = {name: group for group, own in GROUPS.items() for name in own}
TREE = ClassTree.of(sorted(PARENTS), PARENTS)


def play(file: Path, labels: int, audit: int, level: float, seed: int) -> tuple[float, ...]:
    """Shares sorted and right without and with groups; accuracy of the groups, two ways."""
    with np.load(file) as arrays:
        truth, vectors, logits = arrays["truth"], arrays["vectors"], arrays["logits"]
        graph = Graph(arrays["neighbours"])
    drawn = np.random.default_rng(seed).permutation(len(truth))[: labels + audit]
    judged, rest = drawn[labels:], np.setdiff1d(np.arange(len(truth)), drawn)
    made = Learner(vectors, logits, graph=graph).fit(drawn, truth[drawn], judged=judged)
    heat = fit_temperature(made.unseen, truth[judged])
    unseen = with_temperature(made.unseen, heat)
    probabilities = with_temperature(made.probabilities, heat)[rest]
    flat = precision_threshold(
        unseen.max(axis=1).astype(float), unseen.argmax(axis=1) == truth[judged], level
    )
    own = probabilities.max(axis=1) >= (np.inf if flat.value is None else flat.value)
    nodes, sure = TREE.surest(unseen)
    right = np.stack([TREE.right(column, truth[judged]) for column in nodes.T], axis=1)
    tree = branch_threshold(sure, right, level)
    placed = TREE.placed(probabilities, np.inf if tree.value is None else tree.value)
    return (
        own.mean(),
        _right(probabilities.argmax(axis=1)[own] == truth[rest][own]),
        (placed >= 0).mean(),
        _right(TREE.right(placed, truth[rest])[placed >= 0]),
        *_groups(vectors, logits, graph, drawn, truth, rest, probabilities),
    )


def _groups(
    vectors: np.ndarray, logits: np.ndarray, graph: Graph, drawn: np.ndarray, truth: np.ndarray,
    rest: np.ndarray, probabilities: np.ndarray,
) -> tuple[float, float]:  # fmt: skip
    """Accuracy of the groups: sums of classes, and a model of the groups alone."""
    tops = TREE.children(-1)
    of_class = np.array([tops.index(TREE.path(k)[0]) for k in range(TREE.leaves)])
    sums = TREE.sums(probabilities)[:, tops]
    peak = logits.max(axis=1, keepdims=True)
    joined = [np.exp(logits - peak)[:, of_class == g].sum(axis=1) for g in range(len(tops))]
    alone = (np.log(np.stack(joined, axis=1)) + peak).astype(np.float32)
    made = Learner(vectors, alone, graph=graph).fit(drawn, of_class[truth[drawn]])
    own = made.probabilities[rest].argmax(axis=1)
    return (
        float((sums.argmax(axis=1) == of_class[truth[rest]]).mean()),
        float((own == of_class[truth[rest]]).mean()),
    )


def _right(right: np.ndarray) -> float:
    return float(right.mean()) if len(right) else np.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--audit", type=int, default=150)
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    one = partial(play, asked.file, asked.labels, asked.audit, asked.level)
    with ProcessPoolExecutor(asked.jobs) as pool:
        rows = np.array(list(pool.map(one, range(asked.repeats))))
    flat, tree = rows[:, 0].mean(), rows[:, 2].mean()
    print("| | sorted | promise kept | mean share right |\n|---|---|---|---|")
    for name, at in (("without groups", 0), ("with groups", 2)):
        right = rows[:, at + 1]
        holds = np.mean(np.isnan(right) | (right >= asked.level))
        print(f"| {name} | {rows[:, at].mean():.1%} | {holds:.1%} | {np.nanmean(right):.1%} |")
    print(f"\nwith groups {tree / flat - 1:+.0%} images sorted")
    print(f"groups right: {rows[:, 4].mean():.2%} as sums, {rows[:, 5].mean():.2%} on their own")


if __name__ == "__main__":
    main()
