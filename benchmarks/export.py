"""What an export costs beside `cp`, how much memory it takes, and whether kill -9 can break it.

    python benchmarks/export.py IMAGES            copy, hard links and symbolic links against cp
    python benchmarks/export.py IMAGES --kill 20  kill -9 at random moments instead

IMAGES is a folder of class folders at any depth; the name of an image's folder is its class. OUT
(--out, by default beside IMAGES) must be on the file system to be measured. Nothing is embedded:
what is measured is the writing of a plan, with all its records.
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
from collections.abc import Callable
from hashlib import blake2b
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np

from core.export.files import content_of
from core.export.options import ExportOptions
from core.export.partial import partial_folders
from core.export.plan import Assignment, Plan, make_plan
from core.export.record import RunRecord, load_manifest
from core.export.scores import ClassScores
from core.export.write import write

CP = {"copy": "-r", "hardlink": "-rl", "symlink": "-rs"}
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


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(images: Path, place: Path, rounds: int) -> None:
    """Time cp and the writer in turn, so that both meet the same machine."""
    entries, classes = assignments(images)
    print(f"{len(entries)} images, {sum(entry.size for entry in entries) / 1e6:.0f} MB")
    for mode, flag in CP.items():
        plan = make_plan(entries, [], classes, ExportOptions(mode=mode))  # type: ignore[arg-type]
        ratios = []
        for _ in range(rounds):
            os.sync()
            copying = timed(
                lambda flag=flag: subprocess.run(
                    ["cp", flag, images.resolve(), place / "cp"], check=True
                )
            )
            shutil.rmtree(place / "cp")
            os.sync()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            writing = timed(lambda plan=plan: write(plan, images, place / "out", record(images)))
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            shutil.rmtree(place / "out")
            ratios.append(writing / copying)
            print(
                f"{mode:8s} cp {flag:3s} {copying:6.2f} s  winnow {writing:6.2f} s  "
                f"ratio {ratios[-1]:.2f}  memory +{grown / 1000:.0f} MB",
                flush=True,
            )
        print(f"{mode:8s} median ratio {sorted(ratios)[len(ratios) // 2]:.2f}")


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


def kill(images: Path, place: Path, times: int, mode: str) -> None:
    """Kill the writer after random times, then let it finish; check all after each."""
    entries, classes = assignments(images)
    plan = make_plan(entries, [], classes, ExportOptions(mode=mode, splits=(0.7, 0.15, 0.15)))  # type: ignore[arg-type]
    before = hashes(images)
    out = place / "out"
    context = multiprocessing.get_context("spawn")
    arguments = (plan, images, out, record(images))
    whole = timed(lambda: write(*arguments))
    shutil.rmtree(out)
    print(f"{len(entries)} images, {mode}: {whole:.1f} s undisturbed")
    killed = finished = 0
    moments = random.Random(0)
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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kill", type=int, default=0, metavar="N")
    parser.add_argument("--mode", choices=CP, default="copy", help="for --kill")
    chosen = parser.parse_args()
    images = chosen.images.resolve()
    if chosen.out is not None:
        chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.out or images.parent) as folder:
        if chosen.kill:
            kill(images, Path(folder), chosen.kill, chosen.mode)
        else:
            compare(images, Path(folder), chosen.rounds)


if __name__ == "__main__":
    main()
