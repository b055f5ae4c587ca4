"""Words that come with images: how long 60,000 take, and what searches by them find.

    python benchmarks/texts.py speed metadata.csv [--rows 60000] [--seed 0]
    python benchmarks/texts.py ranking metadata.csv IMAGES WORKSPACE
    python benchmarks/texts.py disagreements metadata.csv IMAGES WORKSPACE

``speed``: the texts are titles, keywords and descriptions of the table, each with a few words of
others, so that nearly all are different. Figures are wall-clock seconds of one process on one core.

``ranking``: each keyword of 15 to 120 images is searched for, by meaning, by the words of titles
and by both; right are the images with that keyword.

``disagreements``: how often the words, and how often the picture, are right where both are sure and
differ, with random labels by the column ``category`` of the table.

The workspace is embedded and has the columns ``title`` and ``keywords``; the last part of a path
names an image.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np

from core.encoders.registry import load_encoder
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.search.query import parse
from core.search.words.bm25 import WordIndex
from core.search.words.fusion import fused
from core.search.words.near import near_texts
from core.search.words.telling import count_words, telling
from core.services.metrics.disagreements import disagreements
from core.services.search.finding import find
from core.services.search.request import By, Request
from core.services.search.searching import searcher_of

T = TypeVar("T")
FEWEST, MOST = 15, 120
"""Images of a keyword that is searched for."""
QUERIES = ("a red flower", "dog", "clip art of the animal -cat", "2*car +house +tree", "by")


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("what", choices=("speed", "ranking", "disagreements"))
    options.add_argument("table", type=Path)
    options.add_argument("images", type=Path, nargs="?")
    options.add_argument("workspace", type=Path, nargs="?")
    options.add_argument("--rows", type=int, default=60_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    if chosen.what == "speed":
        speed(_texts(chosen.table, chosen.rows, chosen.seed), chosen.seed)
        return
    if not (chosen.images and chosen.workspace):
        options.error(f"{chosen.what} takes IMAGES and WORKSPACE, too")
    project = Project.open(chosen.images, chosen.workspace).use(load_encoder("starter", "cpu"))
    if chosen.what == "ranking":
        ranking(_keywords(chosen.table), project.snapshot(Vocabulary()))
    else:
        disagreeing(_categories(chosen.table), project, chosen.seed)


def speed(texts: list[str], seed: int) -> None:
    """Seconds of each step."""
    before = _peak()
    index = _timed("index built", lambda: WordIndex(texts))
    print(f"{'memory of the index, MB':32}{_peak() - before:8.0f}")
    order = np.random.default_rng(seed).permutation(len(texts))
    for query in QUERIES:
        rows, _ = _timed(f"words: {query}", partial(index.find, parse(query)))
        _timed("  fused with another ranking", partial(fused, [rows[:1920], order[:1920]]))
    counts = _timed("words counted", lambda: count_words(texts))
    groups = np.arange(len(texts)) % 40
    _timed("telling words of 40 groups", lambda: telling(counts, groups, 40))
    _timed("repeated texts, nearly the same", lambda: near_texts(texts))
    _timed("repeated texts, the same", lambda: near_texts(texts, least=1.0))
    print(f"{'peak memory, MB':32}{_peak():8.0f}")


def ranking(keywords: dict[str, set[str]], snapshot: Snapshot) -> None:
    """Share right of the first 20, and of what there is among the first 50."""
    searcher = searcher_of(snapshot)
    images_of = {
        word: names
        for word, names in keywords.items()
        if word.isalpha() and FEWEST <= len(names) <= MOST
    }
    print(f"{len(images_of)} keywords")
    for by in get_args(By):
        first, all_there = [], []
        for word, names in images_of.items():
            request = Request(word, k=50, by=by, words_in="title")
            results = find(searcher, request, snapshot).results
            right = [Path(result.path).name in names for result in results]
            first.append(sum(right[:20]) / 20)
            all_there.append(sum(right) / min(50, len(names)))
        print(f"{by:10} first 20: {np.mean(first):.3f}   of all, in 50: {np.mean(all_there):.3f}")


def disagreeing(truth: dict[str, str], project: Project, seed: int) -> None:
    """How many images are listed, and who is right on them."""
    names = sorted(set(truth.values()))
    plain = project.snapshot(Vocabulary.of({name: [name] for name in names}))
    ids, paths = plain.pool.ids, plain.pool.paths
    right = [truth[Path(path).name] for path in paths]
    order = np.random.default_rng(seed).permutation(len(ids)).tolist()
    for words in ("{title}", "{title}. {keywords}"):
        for count in (0, 100, 300):
            labels = {ids[row]: right[row] for row in order[:count]}
            listed = disagreements(plain.speaking(words).with_labels(labels))
            shares = [
                np.mean([getattr(one, by) == right[one.row] for one in listed] or [np.nan])
                for by in ("words", "picture")
            ]
            print(
                f"{words:24}{count:5} labels: {len(listed):4} listed, words right {shares[0]:.2f}, "
                f"picture right {shares[1]:.2f}",
                flush=True,
            )


def _categories(table: Path) -> dict[str, str]:
    """File name → category."""
    with table.open(encoding="utf-8", newline="") as file:
        return {Path(row["path"]).name: row["category"] for row in csv.DictReader(file)}


def _keywords(table: Path) -> dict[str, set[str]]:
    """Keyword → file names of its images."""
    result: dict[str, set[str]] = defaultdict(set)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["keywords"].split(";"):
                result[word.strip()].add(Path(row["path"]).name)
    return result


def _texts(table: Path, rows: int, seed: int) -> list[str]:
    with table.open(encoding="utf-8", newline="") as file:
        own = [
            ". ".join(filter(None, (row["title"], row["keywords"], row["description"])))
            for row in csv.DictReader(file)
        ]
    draw = random.Random(seed)
    words = " ".join(own).split()
    return [f"{own[n % len(own)]} {' '.join(draw.choices(words, k=4))}" for n in range(rows)]


def _timed(what: str, work: Callable[[], T]) -> T:
    begun = time.perf_counter()
    result = work()
    print(f"{what:32}{time.perf_counter() - begun:8.3f}", flush=True)
    return result


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
