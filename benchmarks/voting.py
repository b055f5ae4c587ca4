"""Two views of the same pictures that vote: what the vote gains over the first alone.

    python benchmarks/voting.py FEATURES.npz [--repeats 10] [--jobs 2] [--seed 0] [--labels 200]

FEATURES.npz holds `vectors` (N, D) unit, `full` (N, E) of which the last D are those before they
were made unit, `logits` (N, K) of the prompts and `truth` (N,), as `benchmarks/labels.py prepare`
writes them for the starter. The views beside `vectors`, how pictures look:

- meaning: the numbers of `full` before them, what the picture's ImageNet classes mean in words;
- noise: random vectors, which know nothing;
- halves: every other number of `vectors`, beside the rest, which stand for the first view there:
  two encoders of like worth, neither of which sees all.

Labels are drawn at random; accuracy is of all other images. `auto` lets both vote where the gain on
the labels, out of fold, is above zero with 95 %, else the first decides alone.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from core.learn.judging.paired import difference
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.voting.learner import Beside, VotingLearner

VIEWS = ("meaning", "noise", "halves")
MOST = 4_000  # images that are taken of a larger collection


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def repeat(file: Path, labels: int, seed: int) -> dict[str, tuple[float, ...]]:
    """View → accuracy of the first alone, of the view alone, of the vote, and of auto; the weight
    of the view, and whether auto let it vote."""
    rng = np.random.default_rng([seed, 7])
    with np.load(file) as arrays:
        some = np.sort(rng.permutation(len(arrays["truth"]))[:MOST])
        looks, full = arrays["vectors"][some], arrays["full"][some]
        logits, truth = arrays["logits"][some], arrays["truth"][some]
    rows = np.sort(rng.permutation(len(truth))[:labels])
    views = {
        "meaning": (looks, unit(full[:, : full.shape[1] - looks.shape[1]])),
        "noise": (looks, unit(rng.normal(size=(len(truth), 64)))),
        "halves": (unit(looks[:, ::2]), unit(looks[:, 1::2])),
    }
    with threadpool_limits(1):
        return {name: played(*pair, logits, truth, rows) for name, pair in views.items()}


def played(
    looks: np.ndarray, view: np.ndarray, logits: np.ndarray, truth: np.ndarray, rows: np.ndarray
) -> tuple[float, ...]:
    """What comes of one pair of views, as `repeat` has it."""
    others = np.setdiff1d(np.arange(len(truth)), rows)
    graph, near = knn_graph(looks), knn_graph(view)
    first = Learner(looks, logits, graph=graph).fit(rows, truth[rows], judged=rows)
    second = Learner(view, logits, graph=near).fit(rows, truth[rows])
    beside = Beside(view, np.arange(len(truth)), near)
    both = VotingLearner(looks, logits, graph=graph, others=[beside]).fit(
        rows, truth[rows], judged=rows
    )
    gain = difference(*(p.unseen.argmax(axis=1) == truth[rows] for p in (first, both)))
    right = [
        float((p.probabilities[others].argmax(axis=1) == truth[others]).mean())
        for p in (first, second, both)
    ]
    auto = gain.low > 0
    return (*right, right[2 if auto else 0], both.votes[1], float(auto))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, default=200)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.repeats)
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(partial(repeat, options.features, options.labels), seeds))
    print("view     first  view   vote   auto   Δ vote (± SE)   weight  auto votes")
    for name in VIEWS:
        of = np.array([run[name] for run in runs])
        gain = 100 * (of[:, 2] - of[:, 0])
        error = gain.std(ddof=1) / len(gain) ** 0.5 if len(gain) > 1 else float("nan")
        shares = "  ".join(f"{100 * value:5.1f}" for value in of[:, :4].mean(axis=0))
        print(
            f"{name:8} {shares}  {gain.mean():+5.1f} (± {error:.1f})    {of[:, 4].mean():.2f}    "
            f"{int(of[:, 5].sum())} of {len(of)}"
        )


if __name__ == "__main__":
    main()
