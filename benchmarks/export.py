"""What an export costs beside `cp`, how much memory it takes, and whether kill -9 can break it.

    python benchmarks/export.py IMAGES            copies, hard and symbolic links against cp
    python benchmarks/export.py IMAGES --kill 20  kill -9 at random moments instead

IMAGES is a folder of class folders at any depth; the name of an image's folder is its class. OUT
(--out, by default beside IMAGES) must be on the file system to be measured. Nothing is embedded:
what is measured is the writing of a plan, with all its records (metadata.json, both reports and
the manifest), which cp has not got. A disk that slows down whoever writes after somebody else
spoils the comparison: a smaller set (--limit) or a file system in memory shows what is the
program's own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np

from core.export.files import content_of
from core.export.options import ExportOptions
from core.export.partial import partial_folders
from core.export.plan import Assignment, Plan
from core.export.planning import make_plan
from core.export.record.run import RunRecord, load_manifest
from core.export.record.scores import ClassScores
from core.export.write import write

CP = {"copy": "-r", "hardlink": "-rl", "symlink": "-rs"}
CHILDREN = resource.RUSAGE_CHILDREN
SUFFIXES = {".jpg", ".jpeg", ".png"}


def assignments(images: Path) -> tuple[list[Assignment], list[str]]:
    """Every image under the class of its folder, with made-up scores."""
    paths = sorted(path for path in images.rglob("*") if path.suffix.lower() in SUFFIXES)
    classes = sorted({path.parent.name for path in paths})
    columns = {name: index for index, name in enumerate(classes)}
    scores = np.round(np.random.default_rng(0).dirichlet(np.ones(len(classes)), len(paths)), 6)
    found = []
    for row, path in enumerate(paths):
        data = path.read_bytes()
        found.append(
            Assignment(
                id=blake2b(data, digest_size=16).hexdigest(),
                path=path.relative_to(images).as_posix(),
                label=path.parent.name,
                probability=float(scores[row].max()),
                margin=0.5,
                scores=ClassScores(columns, scores[row]),
                source="prompt",
                size=len(data),
            )
        )
    return found, classes


def record(images: Path) -> RunRecord:
    return RunRecord("none", "None", "none", "cpu", {}, None, 0, 0, str(images), "2000-01-01")


@dataclass(frozen=True)
class Cost:
    """Seconds until the call came back, until all was on the disk, and of processor time."""

    wall: float
    synced: float
    processor: float

    def over(self, other: Cost) -> list[float]:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return [mine / theirs for mine, theirs in pairs]


def measured(work: Callable[[], object], whose: int = resource.RUSAGE_SELF) -> Cost:
    """What work costs when nothing waits to be written; its own writing to the disk comes apart."""
    os.sync()
    spent, start = processor(whose), time.perf_counter()
    work()
    wall, spent = time.perf_counter() - start, processor(whose) - spent
    os.sync()
    return Cost(wall, time.perf_counter() - start, spent)


def processor(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def subset(images: Path, place: Path, limit: int) -> Path:
    """A folder with about so many of the images, evenly chosen."""
    paths = sorted(path for path in images.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in paths[:: max(1, len(paths) // limit)][:limit]:
        target = place / "images" / path.relative_to(images)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return place / "images"


def compare(images: Path, place: Path, rounds: int, modes: Sequence[str]) -> None:
    """Time cp and the writer in turn and in both orders, so that both meet the same machine."""
    entries, classes = assignments(images)
    print(f"{len(entries)} images, {sum(entry.size for entry in entries) / 1e6:.0f} MB")
    print("seconds: until done / until on the disk / of processor")
    for mode in modes:
        plan = make_plan(entries, [], classes, ExportOptions(mode=mode))  # type: ignore[arg-type]
        command = ["cp", CP[mode], images, place / "out"]
        ratios = []
        for turn in range(rounds):
            grown = 0

            def copying(command: list[Any] = command) -> Cost:
                cost = measured(lambda: subprocess.run(command, check=True), CHILDREN)
                shutil.rmtree(place / "out")
                return cost

            def writing(plan: Plan = plan) -> Cost:
                nonlocal grown
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                cost = measured(lambda: write(plan, images, place / "out", record(images)))
                grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
                shutil.rmtree(place / "out")
                return cost

            if turn % 2:
                ours, cp = writing(), copying()
            else:
                cp, ours = copying(), writing()
            ratios.append(ours.over(cp))
            print(
                f"{mode:8s} cp {CP[mode]:3s} {told(cp)}  winnow {told(ours)}  "
                f"ratios {shown(ratios[-1])}  memory +{grown / 1000:.0f} MB",
                flush=True,
            )
        print(f"{mode:8s} median ratios {shown(np.median(ratios, axis=0))}")


def told(cost: Cost) -> str:
    return f"{cost.wall:.2f} / {cost.synced:.2f} / {cost.processor:.2f} s"


def shown(ratios: Iterable[float]) -> str:
    return " / ".join(f"{ratio:.2f}" for ratio in ratios)


def hashes(images: Path) -> dict[str, str]:
    """Content of every file of the images."""
    return {str(path): content_of(str(path)) for path in images.rglob("*") if path.is_file()}


def state(out: Path, plan: Plan) -> str:
    """ "absent" or "complete"; an assertion fails for anything between."""
    if not out.exists():
        return "absent"
    manifest = load_manifest(out)
    assert len(manifest["files"]) == len(plan.items), "the manifest is not complete"
    for entry in manifest["files"]:
        assert content_of(str(out / entry["file"])) == entry["id"], entry["file"]
    for name, digest in manifest["records"].items():
        assert content_of(str(out / name)) == digest, name
    return "complete"


def announced_write(started: Event, *arguments: Any) -> None:
    """Write in a process of its own and say when it begins."""
    started.set()
    write(*arguments)


def kill(images: Path, place: Path, times: int, mode: str, seed: int) -> None:
    """Kill the writer after random times, then let it finish; check all after each."""
    entries, classes = assignments(images)
    plan = make_plan(entries, [], classes, ExportOptions(mode=mode, splits=(0.7, 0.15, 0.15)))  # type: ignore[arg-type]
    before = hashes(images)
    out = place / "out"
    context = multiprocessing.get_context("spawn")
    arguments = (plan, images, out, record(images))
    whole = measured(lambda: write(*arguments)).wall
    shutil.rmtree(out)
    print(f"{len(entries)} images, {mode}: {whole:.1f} s undisturbed")
    killed = finished = 0
    moments = random.Random(seed)
    while killed < times:
        started = context.Event()
        child = context.Process(target=announced_write, args=(started, *arguments))
        child.start()
        started.wait()
        child.join(moments.uniform(0, 2 * whole))  # a new process takes longer than this one did
        if child.is_alive() and child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            killed += 1
        found = state(out, plan)
        print(json.dumps({"killed": killed, "out": found, "left": len(partial_folders(out))}))
        if found == "complete":
            finished += 1
            shutil.rmtree(out)
    result = write(*arguments)
    assert state(out, plan) == "complete" and not partial_folders(out)
    assert hashes(images) == before, "an original changed"
    print(f"{killed} kills, {finished} finished between; the last run resumed: {result.resumed}")


def main() -> None:
    parser = argparse.ArgumentParser(description="See the head of this file.")
    parser.add_argument("images", type=Path)
    parser.add_argument("--out", type=Path, help="folder to work in [default: beside IMAGES]")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--limit", type=int, help="take so many of the images")
    parser.add_argument("--modes", nargs="+", choices=CP, default=list(CP))
    parser.add_argument("--kill", type=int, default=0, metavar="N")
    parser.add_argument("--mode", choices=CP, default="copy", help="for --kill")
    parser.add_argument("--seed", type=int, default=0, help="of the moments to kill at")
    chosen = parser.parse_args()
    images = chosen.images.resolve()
    if chosen.out is not None:
        chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.out or images.parent) as folder:
        if chosen.limit is not None:
            images = subset(images, Path(folder), chosen.limit)
        if chosen.kill:
            kill(images, Path(folder), chosen.kill, chosen.mode, chosen.seed)
        else:
            compare(images, Path(folder), chosen.rounds, chosen.modes)


if __name__ == "__main__":
    main()
