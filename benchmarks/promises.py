"""Are promises kept, what do they cost in review, and how many looks sign a folder?

    python benchmarks/promises.py clothing.npz cifar.npz --repeats 400 --jobs 16

The files are what ``benchmarks/labels.py prepare`` writes. Each repeat draws audit images anew,
learns from them alone, and exports: everything above the threshold is sorted, the rest goes to
review. A promise is kept when the sorted images that nobody labeled are right at its level, or when
nothing could be promised. Beside it stands what one would do without a theory: one half of the
audit images chooses the threshold, the other half's Clopper-Pearson bound must reach the level.
"Low" chooses the lowest threshold with the share right wanted, "sure" the one with the highest
bound.

A signing takes a folder as it would be exported (each class as a whole, and the surest third of
it), looks at pages of 24 drawn at random, and stops when it is signed or given up.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph, knn_graph
from core.learn.promises.signing import UNSEEN, signing
from core.learn.promises.thresholds import RISK, carried, precision_threshold

T = TypeVar("T")
AUDITS, LEVELS = (60, 150, 300), (0.9, 0.95, 0.98)
PAGE, MOST_LOOKS, LEAST_FOLDER = 24, 720, 30


@dataclass(frozen=True)
class Export:
    """One simulated export: confidence and correctness of the audit images, and of the rest."""

    audited: np.ndarray
    audited_right: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Row:
    """What one repeat gave at one level: (kept, review) of each way, and its signings."""

    audit: int
    level: float
    ways: dict[str, tuple[bool, float]]
    signings: list[tuple[bool, bool, int, float]]


_LEARNERS: dict[tuple[Path, int], tuple[Learner, np.ndarray]] = {}


def learner_of(file: Path, images: int) -> tuple[Learner, np.ndarray]:
    """The learner of a file's images and their truth, read once a process."""
    if (file, images) not in _LEARNERS:
        with np.load(file) as arrays:
            parts = {key: arrays[key] for key in ("vectors", "logits", "scores", "truth")}
            neighbours = arrays["neighbours"]
        graph = Graph(neighbours)
        if images and images < len(parts["truth"]):
            rows = np.random.default_rng(0).permutation(len(parts["truth"]))[:images]
            parts = {key: values[rows] for key, values in parts.items()}
            graph = knn_graph(parts["vectors"], neighbours.shape[1])
        made = Learner(parts["vectors"], parts["logits"], parts["scores"], graph)
        _LEARNERS[file, images] = made, parts["truth"]
    return _LEARNERS[file, images]


def export(learner: Learner, truth: np.ndarray, audit: int, seed: int) -> Export:
    """Draw audit images, learn from them, predict the rest."""
    drawn = np.random.default_rng([seed, audit]).permutation(len(truth))[:audit]
    learned = learner.fit(drawn, truth[drawn], judged=drawn)
    temperature = fit_temperature(learned.unseen, truth[drawn])
    unseen = with_temperature(learned.unseen, temperature)
    rest = np.setdiff1d(np.arange(len(truth)), drawn)
    calibrated = with_temperature(learned.probabilities[rest], temperature)
    predicted = calibrated.argmax(axis=1)
    return Export(
        unseen.max(axis=1).astype(np.float64),
        unseen.argmax(axis=1) == truth[drawn],
        calibrated.max(axis=1).astype(np.float64),
        predicted == truth[rest],
        predicted,
    )


def halves(made: Export, level: float, seed: int, sure: bool) -> float | None:
    """The threshold of a split half, if the other half carries it."""
    deal = np.random.default_rng(seed).permutation(len(made.audited))
    first, second = np.array_split(deal, 2)
    first = first[np.argsort(-made.audited[first])]
    n, wrong = np.arange(1, len(first) + 1), np.cumsum(~made.audited_right[first])
    if sure:
        place = int(bound(n - wrong, n).argmax())
    else:
        reached = np.flatnonzero(1 - wrong / n >= level)
        if not len(reached):
            return None
        place = int(reached[-1])
    value = float(made.audited[first[place]])
    inside = second[made.audited[second] >= value]
    hits = int(made.audited_right[inside].sum())
    return value if bound(np.array([hits]), np.array([len(inside)]))[0] >= level else None


def bound(right: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The one-sided lower Clopper-Pearson bound."""
    return np.where(right > 0, beta.ppf(RISK, np.maximum(right, 1), n - right + 1), 0.0)


def came_of(made: Export, value: float | None, level: float) -> tuple[bool, float]:
    """Whether a threshold keeps the promise, and the share it sends to review."""
    inside = made.confidence >= (np.inf if value is None else value)
    kept = not inside.any() or made.right[inside].mean() >= level
    return bool(kept), 1.0 - float(inside.mean())


def signings(made: Export, level: float, seed: int) -> list[tuple[bool, bool, int, float]]:
    """(signed, right at the level, looks, true share right) of each folder and its surest third."""
    results = []
    for number in np.unique(made.predicted).tolist():
        rows = np.flatnonzero(made.predicted == number)
        rows = rows[np.argsort(-made.confidence[rows])]
        for folder in (rows, rows[: len(rows) // 3]):
            if len(folder) >= LEAST_FOLDER:
                results.append(sign(made.confidence[folder], made.right[folder], level, seed))
    return results


def sign(
    confidence: np.ndarray, right: np.ndarray, level: float, seed: int
) -> tuple[bool, bool, int, float]:
    """Look at one folder, page by page."""
    order = np.random.default_rng([seed, len(right)]).permutation(len(right))
    verdicts, looks = np.full(len(right), UNSEEN), 0
    while True:
        state = signing(confidence, order, verdicts, level)
        if state.state != "open" or looks >= MOST_LOOKS:
            break
        page = state.next[:PAGE]
        verdicts[page] = right[page]
        looks += len(page)
    signed = state.state == "signed"
    good = not signed or not state.inside.any() or right[state.inside].mean() >= level
    return signed, bool(good), looks, float(right.mean())


def repeat(seed: int, file: Path, options: argparse.Namespace) -> list[Row]:
    """All audit sizes and levels of one repeat."""
    rows = []
    with threadpool_limits(1):
        learner, truth = learner_of(file, options.images)
        for audit in options.audits:
            made = export(learner, truth, audit, seed)
            for level in LEVELS:
                threshold = precision_threshold(made.audited, made.audited_right, level)
                ways = {
                    "promise": carried(threshold, audit, made.confidence),
                    "half, low": halves(made, level, seed, sure=False),
                    "half, sure": halves(made, level, seed, sure=True),
                }
                came = {name: came_of(made, value, level) for name, value in ways.items()}
                rows.append(Row(audit, level, came, signings(made, level, seed)))
    return rows


def table(name: str, rows: list[Row]) -> None:
    """Print what came of it, a line for each audit size and level."""
    print(f"\n{name}: kept / review, of each way; then signings")
    for audit, level in dict.fromkeys((row.audit, row.level) for row in rows):
        of = [row for row in rows if (row.audit, row.level) == (audit, level)]
        cells = []
        for way in of[0].ways:
            kept, review = np.array([row.ways[way] for row in of]).mean(axis=0)
            cells.append(f"{way} {kept:.1%} / {review:.1%}")
        all_of = [one for row in of for one in row.signings]
        print(f"{audit:4d} at {level}: {' | '.join(cells)} | {_signed(all_of)} n={len(of)}")


def _signed(of: list[tuple[bool, bool, int, float]]) -> str:
    if not of:
        return "no folder"
    signed, good, looks, true = (np.array(column) for column in zip(*of, strict=True))
    clean = true >= 0.99
    first = f"{len(of)} signings, signed {signed.mean():.0%}, right {good.mean():.1%}"
    if not clean.any():
        return first
    # Looks of those that are given up count as endless.
    needed = np.where(signed, looks, np.inf)[clean]
    return f"{first}; of {clean.sum()} with .99 right median looks {np.median(needed):.0f}"


def repeated(
    about: str | None,
    repeat: Callable[..., list[T]],
    table: Callable[[str, list[T]], None],
    audits: tuple[int, ...],
) -> None:
    """Run what the command line asks for, and print a table a file.

    Args:
        repeat: (seed, file=…, options=…) → what one repeat gave.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--audits", type=int, nargs="+", default=audits)
    parser.add_argument("--images", type=int, default=0, help="so many of each file, 0 for all")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.repeats)
    for file in options.files:
        with ProcessPoolExecutor(options.jobs) as pool:
            done = list(pool.map(partial(repeat, file=file, options=options), seeds))
        table(file.stem, [row for rows in done for row in rows])


if __name__ == "__main__":
    repeated(__doc__, repeat, table, AUDITS)
