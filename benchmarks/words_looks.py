"""Whether a rough look at mixes of pictures and words leaves out one that would have counted.

    python benchmarks/words_looks.py OUT.npz [--repeats 6] [--jobs 2]

OUT.npz is what `benchmarks/words.py prepare` writes. Labels are drawn as there, 1 to 40 a class.
All mixes are fitted in full, and each line says how many of the seven the look
(`core.learn.words.screening`) leaves to fit on average, how many draws would lose a mix that has a
twentieth of the average, and the greatest share that would be lost.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from words import AUDIT, CASES, Scene, labeled

from core.learn.models.frame import frame_of
from core.learn.models.softmax import softmax
from core.learn.words.mixing import GRID, Blend, Labels

PER_CLASS = (1, 3, 5, 10, 20, 40)
COUNTS = 0.05  # share of the average from which on a mix takes part


def play(file: Path, job: tuple[str, int, int]) -> tuple[int, float]:
    """How many mixes the look leaves, and the greatest share among the others."""
    case, per_class, seed = job
    with threadpool_limits(1):
        scene = Scene(file, case, seed)
        rows, words = labeled(scene.truth, per_class, seed), scene.words
        if case.startswith("half"):
            audit = np.random.default_rng([seed, 4]).permutation(len(words.present))[:AUDIT]
            rows = np.union1d(rows, audit)
        labels = Labels(
            Blend(frame_of(scene.vectors), GRID, words.agree, not words.present.all()),
            words.beside(scene.vectors)[rows],
            words.offsets(scene.logits)[rows],
            np.eye(scene.truth.max() + 1)[scene.truth[rows]],
            0,
        )
        left = labels.promising()
        told = [labels.likelihood(labels.fit(mix), mix).sum() for mix in GRID]
        lean = [labels.blend.lean(mix) for mix in GRID]
        shares = softmax((np.array(told) + lean)[None])[0]
    lost = [float(share) for mix, share in zip(GRID, shares, strict=True) if mix not in left]
    return len(left), max(lost, default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    print(f"{'case':18} labels   left of {len(GRID)}   lose a mix   greatest share")
    with ProcessPoolExecutor(options.jobs) as pool:
        for case, per_class in product(CASES, PER_CLASS):
            jobs = [(case, per_class, seed) for seed in range(options.repeats)]
            left, most = np.array(list(pool.map(partial(play, options.file), jobs))).T
            lose = f"{(most > COUNTS).sum()} of {len(jobs)}"
            print(f"{case:18} {per_class:6}   {left.mean():9.1f}   {lose:>10}   {most.max():14.4f}")


if __name__ == "__main__":
    main()
