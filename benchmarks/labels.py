"""How many labels a model and a queue need: Winnow, the usual recipe and scikit-activeml's queues.

    python benchmarks/labels.py prepare OUT NAME IMAGES --truth truth.csv --prompts prompts.yaml
    python benchmarks/labels.py run OUT [--minutes 5]       # again until it says that all is done
    python benchmarks/labels.py coverage OUT [--minutes 5]  # likewise
    python benchmarks/labels.py report OUT [--plot benchmarks/labels.svg]

`prepare` embeds a folder and keeps what the runs need in OUT/NAME.npz. Every finished run is a line
of OUT/NAME.jsonl, so a run can be stopped and continued; delete the file to start anew. Needs the
`bench` extra.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from labels_peers import PEERS, peer
from labels_report import report
from threadpoolctl import threadpool_limits

from core.learn.asking.simulation import Ask, Plan, Point, Scene, plan_of, play
from core.learn.models.neighbourhood import Graph, knn_graph

BUDGETS = (0, 5, 10, 20, 30, 50, 70, 100, 200, 350, 500)
FEWER = (0, 10, 20, 50, 100, 200)
AUDITS = (60, 150)
HELD_OUT = 2_000  # images of a collection below 12,000; a sixth of a larger one
LARGE_FROM = 20_000  # images
CROWD = 5_000  # images that queues of others choose from where "of 5,000" is said
ACTIVE = 200  # actively chosen labels beside the audit labels, where coverage is measured
POPULATION = 2_000  # images at most, where coverage is measured
REPEATS = 200

WINNOW = {"winnow": BUDGETS, "recipe": BUDGETS, "lr-cv, winnow's labels": BUDGETS}
PARTS = {
    "winnow, margin": FEWER,
    "winnow, entropy": FEWER,
    "winnow, random": FEWER,
    "winnow, no neighbours": FEWER,
    "winnow, no clusters": BUDGETS,
    "lr-cv, uherding": FEWER,
}
CONTENDERS = WINNOW | {f"lr-cv, {name}": FEWER for name in PEERS} | PARTS
"""Who runs, and at which numbers of labels it is measured; the most important first."""
LARGE = WINNOW | {
    "lr-cv, sk random": FEWER,
    "lr-cv, sk margin": FEWER,
    "lr-cv, sk entropy": FEWER,
    "lr-cv, sk coreset of 5,000": FEWER,
    "lr-cv, sk typiclust of 5,000": FEWER,
    "winnow, no clusters": BUDGETS,
}
"""The same for a collection of more than 20,000: what can be run there. TypiClust clusters all
images anew for every batch and ProbCover compares all with all."""


class Results:
    """Finished runs in a file of JSON lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        self.runs: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def find(self, **wanted: object) -> dict[str, Any] | None:
        """The run with these keys, or None."""
        same = (run for run in self.runs if all(run[k] == v for k, v in wanted.items()))
        return next(same, None)

    def add(self, run: dict[str, Any]) -> None:
        self.runs.append(run)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def prepare(out: Path, name: str, images: Path, options: argparse.Namespace) -> None:
    """Embed a folder and keep vectors, zero-shot scores, truth and neighbours."""
    from core.cli.shared.opening import open_embedded, vocabulary_of
    from core.cli.shared.terminal import Terminal
    from core.prompts.vocabulary import Vocabulary
    from core.services.predict.zero_shot import zero_shot
    from core.store.csv_tables import read_labels

    terminal = Terminal()
    vocabulary = vocabulary_of(images, None, options.prompts, options.classes, terminal)
    if options.prompts is None:  # the wording that the figures were taken with
        vocabulary = Vocabulary(tuple((n, (f"a photo of a {n}", n)) for n in vocabulary.names))
    project, _ = open_embedded(images, options.workspace, "starter", "auto", "auto", terminal)
    snapshot = project.snapshot(vocabulary)
    rows_of, names = snapshot.pool.rows_by_path, snapshot.names
    truth = {
        rows_of[path]: names.index(label) for path, label in read_labels(options.truth).items()
    }
    rows = np.random.default_rng(0).permutation(sorted(truth))[: options.images]
    zero = zero_shot(snapshot)
    vectors = snapshot.looks[rows]
    out.mkdir(parents=True, exist_ok=True)
    np.savez(
        out / f"{name}.npz",
        vectors=vectors,
        whole=snapshot.pool.some(rows).astype(np.float16),
        looks=np.array(snapshot.encoder.looks.indices(snapshot.encoder.dim)[:2]),
        logits=zero.logits[rows],
        scores=zero.scores[rows],
        truth=np.array([truth[row] for row in rows]),
        neighbours=knn_graph(vectors).neighbours,
    )


def scene_of(file: Path) -> Scene:
    """What ``prepare`` kept."""
    with np.load(file) as arrays:
        graph = Graph(arrays["neighbours"])
        return Scene(arrays["vectors"], arrays["logits"], arrays["truth"], arrays["scores"], graph)


def split(scene: Scene, seed: int) -> Scene:
    """The scene with half of its images held out, 2,000 or a sixth at most, others each seed."""
    rows = np.random.default_rng([seed, 1]).permutation(len(scene.truth))
    return replace(scene, heldout=rows[: min(len(rows) // 2, max(HELD_OUT, len(rows) // 6))])


def contest(
    name: str, scene: Scene, budgets: tuple[int, ...], seed: int, winnows: list[int] | None
) -> tuple[Scene, Plan, Ask | None]:
    """The scene, plan and queue of a contender; ``winnows``: the labels Winnow asked for."""
    model, _, query = name.partition(", ")
    if model == "recipe":
        return scene, plan_of(budgets, "recipe"), None
    if query == "no neighbours":
        return replace(scene, graph=None), plan_of(budgets), None
    if query == "no clusters":
        return replace(scene, clusters=False), plan_of(budgets), None
    if query == "winnow's labels":
        assert winnows is not None, "run 'winnow' first"
        return scene, *replay(model, budgets, winnows)
    query, _, crowd = query.partition(" of ")
    if query in PEERS:
        entry = PEERS[query]
        # A queue that asks a model starts with ten random labels, for it has no model before.
        plan = plan_of(budgets, "lr-cv", audit_share=0.0)
        plan = replace(plan, random_start=0 if entry.cold else 10)
        if entry.model:
            return scene, plan, peer(query, scene)
        # The others need none while they choose, so it is fitted where it is measured only.
        plan = replace(plan, budgets=budgets[-1:], model="zero-shot", crossfit=False)
        seen = few(scene, seed) if crowd else scene
        order = next(play(scene, plan, seed, ask=peer(query, seen))).labeled
        return scene, *replay(model, budgets, order.tolist())
    if model == "winnow":
        return scene, plan_of(budgets, "fused", query or None), None
    return scene, plan_of(budgets, model, query), None


def few(scene: Scene, seed: int) -> Scene:
    """The scene with 5,000 images to choose from, all others held out."""
    pool = np.setdiff1d(np.arange(len(scene.truth)), scene.heldout)
    out = np.random.default_rng([seed, 3]).permutation(pool)[CROWD:]
    return replace(scene, heldout=np.union1d(scene.heldout, out))


def replay(model: str, budgets: tuple[int, ...], order: list[int]) -> tuple[Plan, Ask]:
    """A plan and a queue that give labels in a known order."""

    def ask(_: object, labeled: np.ndarray, *rest: Any) -> np.ndarray:
        return np.array(order[len(labeled) : len(labeled) + rest[2]])

    return plan_of(budgets, model, batch_size=budgets[-1], audit_share=0.0), ask


def around(scene: Scene, order: list[int]) -> Scene:
    """A pool of 2,000 images at most, the labeled ones first."""
    pool = np.setdiff1d(np.arange(len(scene.truth)), scene.heldout)
    others = np.random.default_rng(0).permutation(np.setdiff1d(pool, order))
    rows = np.concatenate([order, others[: POPULATION - len(order)]])
    vectors = scene.vectors[rows]
    return Scene(vectors, scene.logits[rows], scene.truth[rows], graph=knn_graph(vectors))


def first_rows(_: object, labeled: np.ndarray, available: np.ndarray, *rest: Any) -> np.ndarray:
    """The queue that asks in the order of the pool."""
    return np.sort(available)[: rest[1]]


def as_json(point: Point) -> dict[str, Any]:
    """A point without its rows."""
    rows = ("audit", "labeled", "seed")
    return {key: value for key, value in vars(point).items() if key not in rows}


def run(results: Results, data: str, whole: Scene, options: argparse.Namespace) -> Iterator[str]:
    """Play what is missing on one data set, and say what was played."""
    budgets = LARGE if len(whole.truth) > LARGE_FROM else CONTENDERS
    for name in options.contenders or budgets:
        for seed in range(options.seeds):
            key = {"kind": "run", "data": data, "contender": name, "seed": seed}
            if results.find(**key):
                continue
            first = results.find(**(key | {"contender": "winnow"}))
            order = first["order"] if first else None
            scene, plan, ask = contest(name, split(whole, seed), budgets[name], seed, order)
            points = list(play(scene, replace(plan, crossfit=False), seed, ask=ask))
            order = points[-1].labeled.tolist() if name == "winnow" else None
            results.add(key | {"points": [as_json(point) for point in points], "order": order})
            yield f"{name}, {data}, seed {seed}"


def coverage(
    results: Results, data: str, whole: Scene, options: argparse.Namespace
) -> Iterator[str]:
    """Draw audit samples afresh beside labels that Winnow chose; keep what is stated of each."""
    for repeat, audits in product(range(options.repeats), options.audits):
        key = {"kind": "coverage", "data": data, "audits": audits, "repeat": repeat}
        if results.find(**key):
            continue
        seed = repeat % options.seeds
        first = results.find(kind="run", data=data, contender="winnow", seed=seed)
        if first is None:
            raise SystemExit("coverage needs the labels of 'run': run that first")
        scene = around(split(whole, seed), first["order"][:ACTIVE])
        total = ACTIVE + audits
        plan = Plan((total,), batch_size=total, audit_share=audits / total)
        point = next(play(scene, plan, 1_000 + repeat, ask=first_rows))
        results.add(key | {"points": [as_json(point)]})
        yield f"{audits} audit labels, {data}, repeat {repeat}"


def work(data: str, options: argparse.Namespace) -> bool:
    """Do what is missing on one data set until the time is up; whether all is done."""
    begun = time.monotonic()
    results = Results(options.out / f"{data}.jsonl")
    scene = scene_of(options.out / f"{data}.npz")
    kind = run if options.command == "run" else coverage
    for done in kind(results, data, scene, options):
        print(f"{time.monotonic() - begun:6.0f} s  {done}", flush=True)
        if time.monotonic() - begun > 60 * options.minutes:
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("prepare")
    made.add_argument("out", type=Path)
    made.add_argument("name")
    made.add_argument("folder", type=Path)
    made.add_argument("--truth", type=Path, required=True)
    made.add_argument("--prompts", type=Path)
    made.add_argument("--classes", nargs="+")
    made.add_argument("--workspace", type=Path)
    made.add_argument("--images", type=int)
    for name in ("run", "coverage", "report"):
        command = commands.add_parser(name)
        command.add_argument("out", type=Path)
        command.add_argument("--seeds", type=int, default=10)
        command.add_argument("--minutes", type=float, default=1e9)
        command.add_argument("--data", nargs="+")
        command.add_argument("--contenders", nargs="+")
        command.add_argument("--plot", type=Path)
        command.add_argument("--repeats", type=int, default=REPEATS, help="of coverage")
        command.add_argument("--audits", nargs="+", type=int, default=AUDITS, help="likewise")
    options = parser.parse_args()
    if options.command == "prepare":
        prepare(options.out, options.name, options.folder, options)
        return
    names = options.data or [file.stem for file in sorted(options.out.glob("*.npz"))]
    if options.command == "report":
        runs_of = [Results(options.out / f"{name}.jsonl").runs for name in names]
        report([run for runs in runs_of for run in runs], options.plot)
        return
    # A process a data set: small products gain nothing from threads.
    with threadpool_limits(1), ProcessPoolExecutor(len(names)) as pool:
        done = list(pool.map(partial(work, options=options), names))
    print("All is done." if all(done) else "Time is up: the same command goes on from here.")


if __name__ == "__main__":
    main()
