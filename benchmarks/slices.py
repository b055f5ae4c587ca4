"""Two runs compared: does the interval of their difference cover, are worse slices found?

    python benchmarks/slices.py intervals clothing.npz --repeats 400
    python benchmarks/slices.py slices clothing.npz --repeats 400

``intervals``: two models of the same labels but for the last ones; their difference on n images
drawn at random, against the one on all images. ``slices``: 60 slices of all sizes, nested and
overlapping, over n images; in one of them the accuracy is made 20 points worse, or in none. The
``.npz`` is what ``benchmarks/labels.py prepare`` writes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from core.learn.judging.paired import difference
from core.learn.judging.slices import LEVEL, corrected
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph

DRAWN = (60, 150, 300, 600, 1_200)
SHARES = (0.1, 0.2, 0.3)
SLICES = 60
WORSE = 0.20
PAIRS = ((50, 60), (50, 100), (100, 200), (200, 210))
"""Labels that the two models know."""


def models(file: Path, seed: int) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Rows without labels, and which of them a model of so many labels gets right."""
    with np.load(file) as arrays:
        truth = arrays["truth"]
        learner = Learner(
            arrays["vectors"], arrays["logits"], arrays["scores"], Graph(arrays["neighbours"])
        )
    order = np.random.default_rng(seed).permutation(len(truth))
    budgets = sorted({count for pair in PAIRS for count in pair})
    rest = order[budgets[-1] :]
    right = {}
    for count in budgets:
        rows = order[:count]
        classes = learner.fit(rows, truth[rows]).probabilities.argmax(axis=1)
        right[count] = (classes == truth)[rest]
    return rest, right


def covered(
    right: dict[int, np.ndarray], drawn: list[int], seed: int
) -> dict[tuple[int, int, int], tuple]:
    """(labels, labels, n) → whether the interval covers, and its width."""
    rng, result = np.random.default_rng([seed, 2]), {}
    for before, after in PAIRS:
        first, second = right[before], right[after]
        true = second.mean() - first.mean()
        for n in drawn:
            rows = rng.permutation(len(first))[:n]
            seen = difference(first[rows], second[rows], len(first))
            inside = seen.low - 1e-12 <= true <= seen.high + 1e-12
            result[before, after, n] = (inside, seen.high - seen.low)
    return result


def slices_of(n: int, rng: np.random.Generator) -> np.ndarray:
    """(SLICES, n) bool: columns with values, thresholds that nest, and plain ones."""
    column = rng.integers(0, 20, n)
    height = rng.random(n)
    values = [column == value for value in range(20)]
    nested = [height < limit for limit in np.linspace(0.05, 0.95, 20)]
    plain = [rng.random(n) < share for share in rng.uniform(0.05, 0.5, SLICES - 40)]
    return np.array(values + nested + plain)


def reported(
    right: dict[int, np.ndarray], drawn: list[int], seed: int
) -> dict[tuple[int, float], tuple[bool, bool]]:
    """(n, share) → whether the planted slice is reported, whether any other one is; share 0: none
    is planted."""
    rng, result = np.random.default_rng([seed, 3]), {}
    for n in drawn:
        correct = right[200][rng.permutation(len(right[200]))[:n]]
        members = slices_of(n, rng)
        for share in (0.0, *SHARES):
            planted = rng.random(n) < share
            worse = worsened(correct, planted, rng)
            chances = corrected(~worse, np.vstack([members, planted]), seed)
            result[n, share] = (
                bool(share and chances[-1] <= LEVEL), bool(np.nanmin(chances[:-1]) <= LEVEL)
            )  # fmt: skip
    return result


def worsened(right: np.ndarray, planted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What is right when each right image of a slice becomes wrong so often that 20 points go."""
    rate = WORSE / max(float(right.mean()), WORSE)
    return right & ~(planted & (rng.random(len(right)) < rate))


def one(right: dict[int, np.ndarray], what: str, drawn: list[int], seed: int) -> dict:
    """A repeat."""
    work: dict[str, Callable] = {"intervals": covered, "slices": reported}
    return work[what](right, drawn, seed)


def main() -> None:
    """Repeat, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("intervals", "slices"))
    parser.add_argument("features", type=Path)
    parser.add_argument("--drawn", type=int, nargs="+", default=DRAWN, help="images drawn")
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    _, right = models(asked.features, asked.seed)
    print({count: round(float(values.mean()), 3) for count, values in right.items()})
    seeds = range(asked.seed, asked.seed + asked.repeats)
    with ProcessPoolExecutor(asked.jobs) as pool:
        done = list(pool.map(partial(one, right, asked.what, asked.drawn), seeds, chunksize=4))
    heads = ("covered", "width") if asked.what == "intervals" else ("found", "another reported")
    print("case", *heads, sep="\t")
    for case in done[0]:
        print(case, *np.round(np.mean([each[case] for each in done], axis=0), 4), sep="\t")


if __name__ == "__main__":
    main()
