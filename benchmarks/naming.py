"""How often clusters get the right name, and groups the right class, by the rules that Winnow has.

    python benchmarks/naming.py IMAGES --workspace WS [--limit 3000]

WS is embedded with the starter (`winnow embed IMAGES --workspace WS`) and holds the classes; the
folder that an image lies in is the truth, and must have the name of a class. Everything is by
prompts alone, of 10, 20 and 40 clusters with two seeds each. "Right" is a name that is what most of
the images in a cluster truly are. Takes some minutes on two cores; needs no GPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
from threadpoolctl import threadpool_limits

from core.encoders.registry import load_encoder
from core.learn.groups.clusters import Clusters, kmeans
from core.learn.models.softmax import softmax
from core.learn.predictions import Predictions
from core.project.project import Project
from core.services.clusters import names
from core.services.clusters.cards import NAMED
from core.services.predict.zero_shot import zero_shot
from core.services.prompts import likeness

COUNTS, SEEDS = (10, 20, 40), (0, 1)
SHARES, LEADS = (0.0, 0.4, 0.5, NAMED, 0.7, 0.8), (1.0, 2.0, names.APART, 3.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10**9)
    options = parser.parse_args()
    project = Project.open(options.images, options.workspace).use(load_encoder("starter"))
    snapshot = project.snapshot()
    rows = np.sort(np.random.default_rng(0).permutation(len(snapshot))[: options.limit])
    folders = [PurePosixPath(snapshot.pool.paths[row]).parent.name for row in rows]
    truth = np.array([snapshot.names.index(folder) for folder in folders])
    zero = zero_shot(snapshot)
    probabilities, scores = softmax(zero.logits)[rows], zero.scores[rows]
    assigned = probabilities.argmax(axis=1)
    human = np.full(len(rows), -1)
    made = Predictions(snapshot.names, probabilities, scores, human, assigned, "prompt", 0)
    print(f"{len(rows):,} images, {(assigned == truth).mean():.1%} right by prompts")
    vectors, looks = snapshot.pool.some(rows), snapshot.looks[rows]
    with threadpool_limits(1, user_api="openmp"):
        every = [kmeans(vectors, k, seed) for k in COUNTS for seed in SEEDS]
    by_class(every, made, truth)
    by_tag(every, scores, truth)
    by_likeness(every, made, looks, truth)


def by_class(every: list[Clusters], made: Predictions, truth: np.ndarray) -> None:
    """Clusters called by the class that most of their images are predicted to be."""
    found = []
    for clusters in every:
        for group in groups(clusters):
            counts = np.bincount(made.assigned[group], minlength=len(made.names))
            found.append((counts.max() / len(group), int(counts.argmax()), truth[group]))
    print("\nby class, share of its images at least")
    for share in SHARES:
        tell(f"{share:g}", len(found), [(name, own) for s, name, own in found if s >= share])


def by_tag(every: list[Clusters], scores: np.ndarray, truth: np.ndarray) -> None:
    """Clusters called by a tag, the classes' prompts taken for tags."""
    found = []
    for clusters in every:
        leads = names._leads(scores, clusters)
        for number, group in enumerate(groups(clusters)):
            found.append((leads[number].max(), int(leads[number].argmax()), truth[group]))
    print("\nby tag, ahead by at least so many standard deviations")
    for lead in LEADS:
        tell(f"{lead:g}", len(found), [(name, own) for at, name, own in found if at >= lead])


def by_likeness(
    every: list[Clusters], made: Predictions, looks: np.ndarray, truth: np.ndarray
) -> None:
    """Groups that the prompts are least sure of, and the class that they are said to be like."""
    sure = made.probabilities.max(axis=1)
    unsure = [g for c in every for g in groups(c) if sure[g].mean() < sure.mean()]
    looked = [likeness._nearest(looks, made, group) for group in unsure]
    most = [np.bincount(made.assigned[group]).argmax() for group in unsure]
    like = [likeness.likeness(looks, made, group) for group in unsure]
    print("\nlike a class")
    both = zip(unsure, looked, strict=True)
    tell("looks alone", len(unsure), [(n, truth[g]) for g, n in both if n is not None])
    triples = zip(unsure, looked, most, strict=True)
    agreed = [(n, truth[g]) for g, n, m in triples if n is not None and n == m]
    tell("both agree", len(unsure), agreed)
    pairs = [(g, own.name) for g, own in zip(unsure, like, strict=True) if own is not None]
    tell("as Winnow", len(unsure), [(made.names.index(n), truth[g]) for g, n in pairs])


def groups(clusters: Clusters) -> Iterable[np.ndarray]:
    return (np.flatnonzero(clusters.assignment == n) for n in range(len(clusters.sizes)))


def tell(rule: str, of: int, named: list[tuple[int, np.ndarray]]) -> None:
    right = np.mean([np.bincount(own).argmax() == name for name, own in named] or [np.nan])
    share = np.mean([(own == name).mean() for name, own in named] or [np.nan])
    print(f"  {rule:12} names {len(named) / of:.0%}, {right:.0%} right, {share:.0%} of the images")


if __name__ == "__main__":
    main()
