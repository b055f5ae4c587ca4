"""What classifying with a model file costs, and what it is worth on images never seen.

    python benchmarks/classify.py speed IMAGES --count 2000
    python benchmarks/classify.py heads IMAGES --workspace W --truth folders --seeds 10

``speed``: `winnow embed` and `winnow classify` of the same copied images take turns in processes of
their own; what counts is the images a second that each states, and the peak resident memory (VmHWM)
of classifying beyond that of a process that loads the encoder and encodes a batch a core.

``heads``: half of the images are the collection, with labels; the other half was never seen. How
often is a model file right on that half, with the head of the labels alone and the one distilled
from the collection, against what the app says of those images when they are in the collection too?
``W`` is a workspace of the images, embedded with the starter and without labels; its cache grows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from memory import measured_by, only_model, peak

from core.images.scan import scan
from core.project.pool import Pool
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary, from_names

WINNOW = Path(sys.executable).with_name("winnow")
LIMIT_MB, LIMIT_SHARE = 300, 0.95
LIMIT_POINTS = 1.0
CLASSES = 10


# -- speed ---------------------------------------------------------------------------------------


def speed(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        images = copied(options.images, folder / "images", options.count)
        model = model_of(images, folder, options.model)
        rates: dict[str, list[float]] = {"embed": [], "classify": []}
        whole = 0.0
        for turn in range(options.repeats):
            workspace, out = folder / f"w{turn}", folder / f"out{turn}.parquet"
            common = ["--model", options.model, "--json", "-q"]
            done = winnow("embed", images, "--workspace", workspace, *common)
            rates["embed"].append(done["images_per_second"])
            done = winnow("classify", images, "--with", model, "--out", out, *common)
            rates["classify"].append(done["images_per_second"])
            whole = max(whole, done["peak_mb"])
            print({name: turns[-1] for name, turns in rates.items()}, file=sys.stderr)
        alone, _ = measured_by(__file__, "peak", "--model", options.model)
    medians = {name: statistics.median(turns) for name, turns in rates.items()}
    share = medians["classify"] / medians["embed"]
    print(f"images                 {options.count:8,}")
    for name, turns in rates.items():
        print(f"{name:22} {medians[name]:8.1f} a second ({min(turns):.1f} to {max(turns):.1f})")
    print(f"classify / embed       {share:8.1%} (at least {LIMIT_SHARE:.0%})")
    print(f"memory of the model    {alone:8.0f} MB")
    print(f"memory of classifying  {whole:8.0f} MB")
    print(f"beyond the model       {whole - alone:8.0f} MB (under {LIMIT_MB})")


def copied(source: Path, target: Path, count: int) -> Path:
    """A folder with copies of ``count`` images, evenly spread, over and over where there are less.

    A file that comes again gets a byte behind its end, so that no two have one content.
    """
    files = [source / file.path for file in scan(source).files]
    files = files[:: max(1, len(files) // count)]
    target.mkdir()
    for number in range(count):
        file, again = files[number % len(files)], number // len(files)
        copy = target / f"{number:06d}{file.suffix}"
        shutil.copyfile(file, copy)
        if again:
            with copy.open("ab") as end:
                end.write(b"\0" * again)
    return target


def model_of(images: Path, folder: Path, model: str) -> Path:
    """A model file of some of the images with ten classes and random labels: only speed counts."""
    from core.embedding.run import embed
    from core.encoders.registry import load_encoder
    from core.services.sorter.making import make_sorter
    from core.sorter.model_file import write

    some = folder / "some"
    some.mkdir()
    for file in sorted(images.iterdir())[:200]:
        shutil.copyfile(file, some / file.name)
    project = Project.open(some, folder / "some-workspace").use(load_encoder(model))
    embed(project.workspace, project.collection.loaded)
    names = [f"class {number}" for number in range(CLASSES)]
    snapshot = project.snapshot(from_names(names))
    drawn = np.random.default_rng(0).integers(0, CLASSES, 100)
    ids = [snapshot.pool.ids[row] for row in snapshot.audit_order[:100]]
    labeled = dict(zip(ids, (names[k] for k in drawn), strict=False))
    write(make_sorter(snapshot.with_labels(labeled), "speed"), folder / "speed.winnow")
    return folder / "speed.winnow"


def winnow(*words: object) -> dict[str, Any]:
    """What a command prints with ``--json``, and its peak resident memory as ``peak_mb``."""
    command = [str(WINNOW), *map(str, words)]
    most = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        while running.poll() is None:
            with suppress(OSError, ProcessLookupError):
                most = max(most, peak(running.pid))
            time.sleep(0.2)
        assert running.stdout is not None
        said = running.stdout.read()
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)
    return json.loads(said) | {"peak_mb": most}


def only_peak(options: argparse.Namespace) -> None:
    """Peak memory of a process that loads the encoder and encodes a batch a core."""
    only_model(options.model)
    print(peak())


# -- heads ---------------------------------------------------------------------------------------


def heads(options: argparse.Namespace) -> None:
    from core.encoders.registry import load_encoder

    encoder = load_encoder("starter", "cpu")
    project = Project.open(options.images, options.workspace).use(encoder)
    rows, truth, classes = truth_of(project, options.truth)
    snapshot = project.snapshot(classes)
    if (snapshot.labels.codes >= 0).any():
        raise SystemExit("The workspace has labels: name one without.")
    print(f"{len(rows):,} images, {len(classes.names)} classes, {options.labels} labels")
    figures: dict[str, list[float]] = {"app": [], "plain": [], "distilled": [], "shipped": []}
    for seed in range(options.seeds):
        for name, value in one_seed(snapshot, rows, truth, options.labels, seed).items():
            figures[name].append(100 * value)
        print(seed, {name: round(values[-1], 2) for name, values in figures.items()}, flush=True)
    told(figures)


def told(figures: dict[str, list[float]]) -> None:
    """Means, and how far each is from the app, with the standard error of that."""
    app = np.array(figures["app"])
    for name, values in figures.items():
        gap = np.array(values) - app
        error = gap.std(ddof=1) / len(gap) ** 0.5 if len(gap) > 1 else float("nan")
        print(
            f"{name:10} {np.mean(values):6.2f} %   against the app {gap.mean():+.2f} ± {error:.2f}"
        )
    gap = float(np.mean(np.array(figures["shipped"]) - app))
    print(f"within {LIMIT_POINTS} points: {'yes' if gap >= -LIMIT_POINTS else 'no'}")


def truth_of(project: Project, source: str) -> tuple[np.ndarray, np.ndarray, Vocabulary]:
    """Rows with a true class, their classes, and those as a vocabulary of bare names."""
    from core.store.csv_tables import read_labels

    pool = project.pool()
    if source == "folders":
        labels = {path: path.split("/")[-2] for path in pool.rows_by_path if "/" in path}
    else:
        labels = dict(read_labels(Path(source)))
    names = sorted(set(labels.values()))
    of_row = {pool.rows_by_path[path]: name for path, name in labels.items()}
    rows = np.array(sorted(of_row))
    truth = np.array([names.index(of_row[row]) for row in rows.tolist()])
    return rows, truth, from_names(names)


def one_seed(
    whole: Snapshot, rows: np.ndarray, truth: np.ndarray, labels: int, seed: int
) -> dict[str, float]:
    """Accuracy on the half that was never seen, of the app and of each head."""
    from core.services.predict.predicting import learner, predict
    from core.services.predict.zero_shot import zero_shot
    from core.services.sorter.making import make_sorter
    from core.sorter.distilling import distil

    order = np.random.default_rng(seed).permutation(len(rows))
    inside, outside = np.sort(order[: len(rows) // 2]), np.sort(order[len(rows) // 2 :])
    half = part_of(whole, rows[inside], f"half {seed}")
    every = part_of(whole, rows, f"every {seed}")
    names, ids = whole.names, whole.pool.ids
    at = {ids[row]: names[k] for row, k in zip(rows.tolist(), truth, strict=True)}
    labeled = {half.pool.ids[row]: at[half.pool.ids[row]] for row in half.audit_order[:labels]}
    half, every = half.with_labels(labeled), every.with_labels(labeled)
    unseen, true = whole.pool.some(rows[outside]), truth[outside]
    sorter = make_sorter(half, "half", exemplars=False)
    known = np.flatnonzero(half.human >= 0)
    fitted = learner(half).fit(known, half.human[known])
    logits = zero_shot(half).logits
    student = distil(
        fitted.model, half.looks, logits, fitted.probabilities, known, half.human[known]
    )
    said = {
        "app": predict(every).probabilities[outside],
        "plain": replace(sorter.head, model=fitted.model).probabilities(unseen),
        "distilled": replace(sorter.head, model=student.model).probabilities(unseen),
        "shipped": sorter.head.probabilities(unseen),
    }
    return {name: float((p.argmax(axis=1) == true).mean()) for name, p in said.items()}


def part_of(whole: Snapshot, rows: np.ndarray, version: str) -> Snapshot:
    """The snapshot of some images alone, without labels."""
    pool, labels = whole.pool, whole.labels
    ids = [pool.ids[row] for row in rows]
    part: Pool = replace(
        pool,
        ids=ids,
        files=[pool.files[row] for row in rows],
        places=pool.places[rows],
        rows={image_id: row for row, image_id in enumerate(ids)},
        version=version,
        basis="",
    )
    own = replace(
        labels,
        codes=labels.codes[rows],
        times=labels.times[rows],
        conflicts=labels.conflicts[rows],
    )
    return replace(whole, pool=part, labels=own)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("speed", "peak", "heads"):
        command = commands.add_parser(name)
        command.add_argument("images", type=Path, nargs="?" if name == "peak" else None)
        command.add_argument("--model", default="starter")
        command.add_argument("--count", type=int, default=2_000)
        command.add_argument("--repeats", type=int, default=3)
        command.add_argument("--workspace", type=Path)
        command.add_argument("--truth", default="folders", help="CSV, or folders")
        command.add_argument("--seeds", type=int, default=10)
        command.add_argument("--labels", type=int, default=200)
    options = parser.parse_args()
    {"speed": speed, "peak": only_peak, "heads": heads}[options.command](options)


if __name__ == "__main__":
    main()
