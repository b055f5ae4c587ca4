"""Each class hidden in turn: is what is left without a class found, and is its share right?

    python benchmarks/labels.py prepare OUT NAME IMAGES --truth truth.csv --prompts prompts.yaml
    python benchmarks/novelty.py OUT/NAME.npz --repeats 10 --jobs 2

A class loses its prompts and has no label; the others have 0, 50 or 200 labels drawn at random.
AUROC of the novelty score and of 1 - the largest probability of the model, over images without a
label. Then the share of the hidden class from random answers, and how often its interval holds it.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.models.softmax import softmax
from core.learn.novelty.scoring import novelty
from core.learn.novelty.share import none_share

LABELS = (0, 50, 200)
ANSWERS = (30, 60, 150, 300)
LEAST = 30  # images of a class that is hidden

Figures = dict[tuple[int, str], list[float]]


def auroc(new: np.ndarray, score: np.ndarray) -> float:
    """Of a score for what is new, (n,) bool; ties by half."""
    ranks, count = rankdata(score), int(new.sum())
    return float((ranks[new].sum() - count * (count + 1) / 2) / (count * (len(new) - count)))


def hidden(file: Path, images: int, out: int, repeats: int, seed: int) -> tuple[int, Figures]:
    """The figures of one hidden class: labels and score → one a repeat."""
    arrays = np.load(file)
    some = np.random.default_rng(seed).permutation(len(arrays["truth"]))[:images]
    truth = arrays["truth"][some]
    rest = [k for k in range(arrays["logits"].shape[1]) if k != out]
    vectors, logits = arrays["vectors"][some], arrays["logits"][some][:, rest]
    graph = knn_graph(vectors)
    learner, figures = Learner(vectors, logits, graph=graph), Figures()
    for repeat in range(repeats):
        known = np.random.default_rng([seed, out, repeat]).permutation(np.flatnonzero(truth != out))
        for count in LABELS if repeat == 0 else LABELS[1:]:  # without labels all are alike
            rows = known[:count]
            classes = np.searchsorted(rest, truth[rows])
            others = np.setdiff1d(np.arange(len(truth)), rows)
            found = novelty(vectors, logits, graph, rows, classes)
            fitted = learner.fit(rows, classes).probabilities if count else softmax(logits)
            new = truth[others] == out
            of_class = found.p[others][~new]
            for name, value in {
                "novelty": auroc(new, found.score[others]),
                "1 - max p": auroc(new, 1 - fitted.max(axis=1)[others]),
                "p <= .05": float((of_class <= 0.05).mean()),
            }.items():
                figures.setdefault((count, name), []).append(value)
    return out, figures


def coverage(truth: np.ndarray, draws: int, seed: int) -> list[str]:
    """How often the interval of a hidden class's share holds it: a row for each number of answers.

    Drawn without replacement; the mean over classes, and the class that is covered least and most.
    """
    chance, lines = np.random.default_rng(seed), []
    counts = np.bincount(truth)
    counts = counts[counts >= LEAST]
    for answers in ANSWERS:
        covered = []
        for count in counts:
            seen = chance.hypergeometric(count, len(truth) - count, answers, size=draws)
            shares = {int(s): none_share(int(s), answers, len(truth)) for s in np.unique(seen)}
            ends = np.array([(shares[int(s)].low, shares[int(s)].high) for s in seen])
            share = count / len(truth)
            covered.append(((ends[:, 0] <= share) & (share <= ends[:, 1])).mean())
        lines.append(
            f"| {answers} | {np.mean(covered):.3f} | {min(covered):.3f} | {max(covered):.3f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--images", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--draws", type=int, default=2_000, help="samples for the coverage")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    truth = np.load(asked.file)["truth"]
    classes = [k for k in range(truth.max() + 1) if (truth == k).sum() >= LEAST]
    with ProcessPoolExecutor(asked.jobs) as pool:
        work = [
            pool.submit(hidden, asked.file, asked.images, k, asked.repeats, asked.seed)
            for k in classes
        ]
        results = dict(one.result() for one in work)
    print("| hidden | " + " | ".join(f"{n} labels: novelty, 1 - max p" for n in LABELS) + " |")
    print("|---|" + "---|" * len(LABELS))
    for out, figures in results.items():
        cells = [
            f"{np.mean(figures[n, 'novelty']):.3f}, {np.mean(figures[n, '1 - max p']):.3f}"
            for n in LABELS
        ]
        print(f"| {out} | {' | '.join(cells)} |")
    print(
        "\n| labels | classes won | mean gain | classes' images with p <= .05 |\n|---|---|---|---|"
    )
    for n in LABELS:
        gains = [np.mean(f[n, "novelty"]) - np.mean(f[n, "1 - max p"]) for f in results.values()]
        false = np.mean([np.mean(f[n, "p <= .05"]) for f in results.values()])
        won = int((np.array(gains) > 0).sum())
        print(f"| {n} | {won} of {len(gains)} | {np.mean(gains):+.3f} | {false:.3f} |")
    print("\n| random answers | interval holds the share | least | most |\n|---|---|---|---|")
    print("\n".join(coverage(truth, asked.draws, asked.seed)))


if __name__ == "__main__":
    main()
