"""What two constants do to confidence: the relief after neighbours, and the audit's temperature.

    python benchmarks/calibration.py play OUT [--seeds 20] [--images 8000]
    python benchmarks/calibration.py report OUT
    python benchmarks/calibration.py intervals

`play` reads OUT/NAME.npz, which `benchmarks/labels.py prepare` writes, and labels it as Winnow
would. It keeps in OUT/NAME.SEED.states what the model says of held-out and of audit images,
neighbours heard but no temperature applied. `report` applies temperatures to that. `intervals` adds
up how often 95 % intervals of a share hold it. None needs a GPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from scipy.special import betaincinv, ndtri
from scipy.stats import binom
from threadpoolctl import threadpool_limits

from core.learn.asking.audit import prefix
from core.learn.asking.simulation import Scene, plan_of, play
from core.learn.judging.intervals import share_interval
from core.learn.models import calibration, learner
from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.neighbourhood import knn_graph

BUDGETS = (20, 50, 100, 200)
RELIEFS = (1.0, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.4, 1.5)
AUDITS = (5, 10, 15, 20, 30, 60, 150)
REPEATS = 10  # audit samples drawn afresh from the held-out images of every state
SHARES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99)
SIZES = (10, 20, 30, 50, 100, 200, 500)


@dataclass(frozen=True, eq=False)
class State:
    """A model after so many labels: (n, K) probabilities of images that it did not see."""

    labels: int
    heldout: np.ndarray
    truth: np.ndarray
    audit: np.ndarray
    audit_truth: np.ndarray


def scene_of(file: Path, images: int) -> Scene:
    """What `labels.py prepare` kept, `images` of it at most."""
    with np.load(file) as arrays:
        rows = np.random.default_rng(0).permutation(len(arrays["truth"]))[:images]
        vectors, logits = arrays["vectors"][rows], arrays["logits"][rows]
        truth, scores = arrays["truth"][rows], arrays["scores"][rows]
    return Scene(vectors, logits, truth, scores, knn_graph(vectors))


def states(scene: Scene, seed: int) -> Iterator[State]:
    """Label as Winnow does, half of the images held out, and stop at every budget."""
    rows = np.random.default_rng([seed, 1]).permutation(len(scene.truth))
    heldout = rows[: len(rows) // 2]
    scene = replace(scene, heldout=heldout)
    pool = np.setdiff1d(np.arange(len(scene.truth)), heldout)
    stream = np.random.default_rng([seed, 0]).permutation(pool)
    plan = replace(plan_of(BUDGETS), crossfit=False)
    model = scene.model("fused")
    for point in play(scene, plan, seed):
        audit = prefix(stream, point.labeled)
        with patch.object(learner, "RELIEF", 1.0):
            classes = scene.truth[point.labeled]
            prediction = model.fit(point.labeled, classes, seed, judged=audit)
        yield State(
            point.labels,
            prediction.probabilities[heldout],
            scene.truth[heldout],
            prediction.unseen,
            scene.truth[audit],
        )


def keep(name: str, options: argparse.Namespace) -> None:
    """Play the seeds of one data set that are not on disk yet."""
    for seed in range(options.seeds):
        file = options.out / f"{name}.{seed}.states"
        if file.exists():
            continue
        scene = scene_of(options.out / f"{name}.npz", options.images)
        arrays = {
            f"{state.labels}/{key}": value
            for state in states(scene, seed)
            for key, value in vars(state).items()
        }
        with file.open("wb") as target:
            np.savez(target, **arrays)
        print(f"{name}, seed {seed}", flush=True)


def states_on_disk(out: Path, name: str) -> list[State]:
    """All states of one data set."""
    result = []
    for file in sorted(out.glob(f"{name}.*.states")):
        with np.load(file) as arrays:
            for labels in BUDGETS:
                parts = {key: arrays[f"{labels}/{key}"] for key in State.__annotations__}
                result.append(State(**parts | {"labels": labels}))
    return result


def ece(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Expected calibration error over 15 bins, as `core.learn.judging.metrics` has it."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    edges = np.linspace(0.0, 1.0, 16)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, 14)
    gaps = np.bincount(place, weights=confidence - right, minlength=15)
    return float(np.abs(gaps).sum() / len(truth))


def fresh(states: list[State], relief: float, size: int) -> tuple[list[float], list[float]]:
    """ECE without and with a temperature from `size` audit images, drawn afresh a few times."""
    rng, without, having = np.random.default_rng(0), [], []
    for state in states:
        raw = with_temperature(state.heldout, relief)
        without.append(ece(raw, state.truth))
        for _ in range(REPEATS):
            rows = rng.choice(len(raw), size, replace=False)
            temperature = fit_temperature(raw[rows], state.truth[rows])
            having.append(ece(with_temperature(raw, temperature), state.truth))
    return without, having


def report(name: str, states: list[State]) -> None:
    """Print both tables of one data set, in Markdown."""
    seeds = len(states) // len(BUDGETS)
    print(f"\n{name}, {seeds} seeds: ECE of held-out images, no audit temperature")
    print("| relief |" + "".join(f" {labels} labels |" for labels in BUDGETS))
    for relief in RELIEFS:
        means = [
            np.mean(
                [ece(with_temperature(s.heldout, relief), s.truth) for s in states if s.labels == n]
            )
            for n in BUDGETS
        ]
        print(f"| {relief} |" + "".join(f" {mean:.4f} |" for mean in means))
    right = [
        np.mean([(s.heldout.argmax(axis=1) == s.truth).mean() for s in states if s.labels == n])
        for n in BUDGETS
    ]
    print("| accuracy |" + "".join(f" {mean:.3f} |" for mean in right))
    later = [state for state in states if state.labels > BUDGETS[0]]
    print("| audit images | without: mean | with: mean | 95 % below |")
    for size in AUDITS:
        without, having = fresh(later, learner.RELIEF, size)
        print(
            f"| {size} | {np.mean(without):.4f} | {np.mean(having):.4f} |"
            f" {np.quantile(having, 0.95):.4f} |",
            flush=True,
        )


Interval = Callable[[int, int], tuple[float, float]]


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval (JASA 1927)."""
    square, share = float(ndtri(0.975)) ** 2, hits / n
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = np.sqrt(square * (share * (1 - share) / n + square / (4 * n * n))) / (1 + square / n)
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == n else middle + half)


def jeffreys(hits: int, n: int) -> tuple[float, float]:
    """The central interval of the posterior of Jeffreys' prior."""
    low, high = betaincinv(hits + 0.5, n - hits + 0.5, [0.025, 0.975])
    return (0.0 if hits == 0 else float(low)), (1.0 if hits == n else float(high))


def intervals() -> None:
    """Print how often 95 % intervals hold a share, over all outcomes, and how wide they are."""
    kinds: dict[str, Interval] = {
        "Wilson": wilson,
        "Jeffreys": jeffreys,
        "exact (used)": share_interval,
    }
    for name, interval in kinds.items():
        print(f"\n{name}: coverage / mean width at true accuracies")
        print("| images |" + "".join(f" {share} |" for share in SHARES))
        for n in SIZES:
            ends = np.array([interval(hits, n) for hits in range(n + 1)])
            cells = []
            for share in SHARES:
                chances = binom.pmf(np.arange(n + 1), n, share)
                inside = (ends[:, 0] <= share) & (share <= ends[:, 1])
                width = chances @ (ends[:, 1] - ends[:, 0])
                cells.append(f" {chances @ inside:.3f} / {width:.3f} |")
            print(f"| {n} |" + "".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("play", "report"):
        command = commands.add_parser(name)
        command.add_argument("out", type=Path)
        command.add_argument("--seeds", type=int, default=20)
        command.add_argument("--images", type=int, default=8_000)
        command.add_argument("--data", nargs="+")
        command.add_argument("--prior", type=float, help="of log T, for any number of images")
    commands.add_parser("intervals")
    options = parser.parse_args()
    if options.command == "intervals":
        intervals()
        return
    names = options.data or [file.stem for file in sorted(options.out.glob("*.npz"))]
    if options.command == "report":
        if options.prior:
            calibration._PRIOR_SD = calibration._MOST_PRIOR_SD = options.prior
        for name in names:
            report(name, states_on_disk(options.out, name))
        return
    with threadpool_limits(1), ProcessPoolExecutor(len(names)) as pool:
        list(pool.map(partial(keep, options=options), names))


if __name__ == "__main__":
    main()
