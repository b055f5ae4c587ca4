"""How many of the first results are right, in a folder whose subfolders are the classes.

    python benchmarks/search_quality.py FOLDER [--workspace W] TEXT=CLASS …

    python benchmarks/search_quality.py CLOTHING "a pair of shoes=shoes" "a dress=dress"

Prints the share of right ones among the first 20 for each text and for single images (500 drawn at
random, the mean over all and over classes), then among the first 50 for several images: 3 or 5 of
a class drawn at random, and as many wrong results of that search to keep away from, 30 draws a
class.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from core.cli.shared.opening import open_embedded
from core.cli.shared.terminal import Terminal
from core.project.snapshot import Snapshot
from core.search import query
from core.services.search.request import Request
from core.services.search.searching import searcher_of

DRAWS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", nargs="*", metavar="TEXT=CLASS")
    parser.add_argument("--workspace", type=Path)
    given = parser.parse_intermixed_args()
    opened = open_embedded(given.folder, given.workspace, None, "auto", "auto", Terminal())
    snapshot = opened[0].snapshot()
    searcher, pool = searcher_of(snapshot), snapshot.pool
    truth = {i: Path(path).parent.name for i, path in zip(pool.ids, pool.paths, strict=True)}

    def right(wanted: str, request: Request) -> float:
        found = searcher.find(request, snapshot).results
        return float(np.mean([truth[result.id] == wanted for result in found]))

    for pair in given.texts:
        text, wanted = pair.rsplit("=", 1)
        print(f"{text}: {right(wanted, Request(text)):.2f}")
    random = np.random.default_rng(0)
    by_class = defaultdict(list)
    for row in random.choice(len(pool), min(500, len(pool)), replace=False):
        image = pool.ids[row]
        by_class[truth[image]].append(right(truth[image], Request(like=(image,))))
    every = np.concatenate([*by_class.values()])
    classes = np.mean([np.mean(values) for values in by_class.values()])
    print(f"one image: {every.mean():.3f}, mean over classes {classes:.3f}")
    for count in (3, 5):
        print(f"{count} images and {count} not like them:", several(snapshot, truth, count))


def several(snapshot: Snapshot, truth: dict[str, str], count: int) -> dict[str, float]:
    """The share of right ones by the weight of the images to keep away from."""
    searcher, random = searcher_of(snapshot), np.random.default_rng(1)
    members = defaultdict(list)
    for image, name in truth.items():
        members[name].append(image)
    shares = defaultdict(list)
    for name in sorted(members) * DRAWS:
        like = tuple(random.choice(members[name], count, replace=False).tolist())
        first = [r.id for r in searcher.find(Request(like=like, k=200), snapshot).results]
        wrong = tuple(i for i in first if truth[i] != name)[:count]
        for weight in (0.0, 0.1, 0.25, 0.5, 0.75):
            query.AGAINST = weight
            request = Request(like=like, unlike=wrong, k=50)
            found = searcher.find(request, snapshot).results
            shares[f"weight {weight}"].append(np.mean([truth[r.id] == name for r in found]))
    return {key: round(float(np.mean(values)), 3) for key, values in shares.items()}


if __name__ == "__main__":
    main()
