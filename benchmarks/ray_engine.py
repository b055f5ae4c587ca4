"""Embedding on Ray against the threads of one process; kills; and what more machines would bring.

    python benchmarks/ray_engine.py speed   FOLDER --images 5000 --repeats 3
    python benchmarks/ray_engine.py kills   FOLDER --images 1000 --kills 10
    python benchmarks/ray_engine.py scaling FOLDER --images 5000

``speed``: both engines take turns in processes of their own on the same copied images. "After
start-up" counts from the first vectors that come out to the last ones, and so does the processor
time an image, of all processes together, which hardly depends on what else runs. The digest is of
all rows and vectors: equal digests are equal bits.

``kills``: `winnow embed --engine ray` in turns, of each of which a worker or the command itself is
killed at a random moment, until one is through; then nothing may be lost, twice or other than what
the threads of one process make.

``scaling`` is a simulation, not a measurement: stages with the times that were measured here, a
driver that hands out blocks one by one, bounded queues; for machines that are not here.
The driver's time is an upper bound, for its loop costs something while it waits, too: measure it
on an idle machine and with thousands of images.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from classify import copied

from core.embedding.away import away
from core.embedding.engines.base import Engine, Finished, Work
from core.embedding.engines.ray import Ray
from core.embedding.engines.threads import Threads
from core.embedding.reading import read
from core.encoders.registry import load_encoder
from core.images.scan import scan
from core.store.catalog import to_frame, to_rows

WINNOW = Path(sys.executable).with_name("winnow")
LIMIT = 0.80


def main() -> None:
    """Prints tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "kills", "scaling", "one"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--engine", choices=["threads", "ray"], default="threads")
    options = parser.parse_args()
    {"speed": speed, "kills": kills, "scaling": scaling, "one": one}[options.what](options)


# -- speed ---------------------------------------------------------------------------------------


def speed(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        images = copied(options.folder, Path(temporary) / "images", options.images)
        print(f"{options.images:,} images, {options.model}, load {os.getloadavg()[0]:.1f}")
        print("engine    images/s   after start-up   CPU ms   until the first vectors, s   digest")
        rates: dict[str, list[float]] = {"threads": [], "ray": []}
        spent: dict[str, list[float]] = {"threads": [], "ray": []}
        digests = set()
        for _ in range(options.repeats):
            for engine in rates:
                figures = measured(images, engine, options.model)
                rates[engine].append(figures["after"])
                spent[engine].append(figures["cpu"])
                digests.add(figures["digest"])
                print(
                    f"{engine:9}{figures['whole']:9.1f}{figures['after']:17.1f}"
                    f"{1e3 * figures['cpu']:9.1f}{figures['first']:29.1f}   {figures['digest']}",
                    flush=True,
                )
    medians = {name: statistics.median(values) for name, values in rates.items()}
    share = medians["ray"] / medians["threads"]
    print(f"ray / threads, after start-up, medians: {share:.1%} (at least {LIMIT:.0%})")
    cpu = statistics.median(spent["threads"]) / statistics.median(spent["ray"])
    print(f"by processor time an image: {cpu:.1%}")
    print(f"equal bits: {'yes' if len(digests) == 1 else 'NO'}")


def measured(images: Path, engine: str, model: str) -> dict[str, Any]:
    """One run in a process of its own."""
    words = [sys.executable, __file__, "one", str(images), "--engine", engine, "--model", model]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def one(options: argparse.Namespace) -> None:
    """Embed a folder and keep nothing; figures as JSON."""
    encoder = load_encoder(options.model, "cpu")
    files = scan(options.folder).files
    work = Work(
        lambda file: read(options.folder / file.path, file, {}, (), encoder),
        lambda _: False,
        encoder,
        away=lambda: away(options.folder, encoder),
    )
    engine: Engine = Ray() if options.engine == "ray" else Threads()
    begun = time.monotonic()
    first, at_first, last = 0.0, 0, 0.0
    count, own, every, end = 0, 0.0, 0.0, 0.0
    lines: list[bytes] = []
    for finished in engine.run(files, work):
        lines += digest_lines(finished)
        count += len(finished.ids)
        if finished.ids:
            last, end = time.monotonic(), tree_seconds()
            if not first:
                first, at_first, own, every = last, count, own_seconds(), end
    figures = {
        "whole": count / (time.monotonic() - begun),
        "after": (count - at_first) / max(last - first, 1e-9),
        "first": first - begun,
        "driver": (own_seconds() - own) / max(1, count - at_first),
        "cpu": (end - every) / max(1, count - at_first),
        "digest": hashlib.blake2b(b"".join(sorted(lines)), digest_size=8).hexdigest(),
    }
    print(json.dumps(figures))


def own_seconds() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def tree_seconds() -> float:
    """Processor time of this process and all that are alive below it."""
    return sum(spent for process, spent in below(os.getpid()).items()) / os.sysconf("SC_CLK_TCK")


def below(parent: int) -> dict[int, int]:
    """Processor time in ticks of a process and those below it, by their numbers."""
    above, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(folder.name)
        above[process], spent[process] = int(fields[1]), int(fields[11]) + int(fields[12])
    return {p: ticks for p, ticks in spent.items() if p == parent or is_below(p, parent, above)}


def digest_lines(finished: Finished) -> Iterable[bytes]:
    for row in to_rows(to_frame(finished.rows)):  # as a catalog has them
        yield hashlib.blake2b(repr(row).encode(), digest_size=16).digest()
    for place, image_id in enumerate(finished.ids):
        assert finished.vectors is not None
        content = image_id.encode() + finished.vectors[place].tobytes()
        yield hashlib.blake2b(content, digest_size=16).digest()


# -- kills ---------------------------------------------------------------------------------------


def kills(options: argparse.Namespace) -> None:
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        images = copied(options.folder, home / "images", options.images)
        embed(images, home / "whole", "local")
        killed = {"worker": 0, "driver": 0}
        for number in range(options.kills):
            what = ("worker", "driver")[number % 2]
            if not killed_run(images, home / "ray", what, dice):
                break
            killed[what] += 1
        done = embed(images, home / "ray", "ray")
        print(f"killed: {killed['worker']} workers, {killed['driver']} drivers")
        print(f"images {done['images']:,} of {options.images:,}, rejected {done['rejected']}")
        same = kept(home / "whole") == kept(home / "ray")
        print(f"catalog and vectors as without kills: {'yes' if same else 'NO'}")


def command(images: Path, workspace: Path, engine: str) -> list[str]:
    words = ["embed", images, "--workspace", workspace, "--engine", engine, "--json", "-q"]
    return [str(WINNOW), *map(str, words)]


def embed(images: Path, workspace: Path, engine: str) -> dict[str, Any]:
    done = subprocess.run(command(images, workspace, engine), stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def killed_run(images: Path, workspace: Path, what: str, dice: random.Random) -> bool:
    """A run with one kill, between its first vectors and ten seconds later; False: it was faster.

    When a worker dies the run must go on by itself.
    """
    process = subprocess.Popen(command(images, workspace, "ray"), stdout=subprocess.DEVNULL)
    before = size_of(workspace)
    while process.poll() is None and size_of(workspace) == before:
        time.sleep(0.05)
    time.sleep(dice.uniform(0, 3))
    if process.poll() is not None:
        return False
    if what == "driver":
        process.kill()
        process.wait()
        return True
    for worker in dice.sample(workers := workers_of(process.pid), min(1, len(workers))):
        os.kill(worker, signal.SIGKILL)
    time.sleep(2)
    if process.poll() not in (None, 0):
        raise SystemExit("the run did not survive the death of a worker")
    process.kill()
    process.wait()
    return True


def size_of(workspace: Path) -> int:
    return sum(path.stat().st_size for path in workspace.glob("vectors/*/*.idx"))


def workers_of(parent: int) -> list[int]:
    """Processes below a process in which Ray runs something of ours."""
    found = []
    for process in sorted(below(parent)):
        try:
            title = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(b"ray::"):
            found.append(process)
    return found


def is_below(process: int, parent: int, above: dict[int, int]) -> bool:
    while process in above:
        process = above[process]
        if process == parent:
            return True
    return False


def kept(workspace: Path) -> tuple[list[str], list[tuple[str, bytes]]]:
    """What a workspace holds, in an order that does not tell when it came."""
    from core.store.catalog import read_catalog
    from core.store.vectors import VectorStore

    (folder,) = (path.parent for path in workspace.glob("vectors/*/meta.json"))
    store = VectorStore.peek(folder)
    ids = sorted(store.ids)
    vectors = [(i, v.tobytes()) for i, v in zip(ids, store.get(ids), strict=True)]
    return [repr(row) for row in to_rows(read_catalog(workspace / "catalog.parquet"))], vectors


# -- scaling -------------------------------------------------------------------------------------

BLOCK = 256
QUEUE = 4  # blocks of pixels that may wait for each encoder


def scaling(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        images = copied(options.folder, Path(temporary) / "images", options.images)
        reading, encoding = stages(images, options.model)
        driver = measured(images, "ray", options.model)["driver"]
    print("SIMULATION with stage times measured on this machine, per image on one processor:")
    print(f"  read {1e3 * reading:.2f} ms, encode {1e3 * encoding:.2f} ms, driver "
          f"{1e6 * driver:.0f} µs")  # fmt: skip
    print("machines (16 processors each)   images/s   efficiency   busy: driver")
    alone = simulated(8, 8, reading, encoding, 0.0)
    for machines in (1, 2, 4, 8, 16, 32, 64):
        half = 8 * machines
        rate = simulated(half, half, reading, encoding, driver)
        print(
            f"{machines:24}{rate:17,.0f}{rate / (machines * alone):13.1%}{rate * driver:15.1%}",
            flush=True,
        )
    print("GPUs that encode 1 ms an image, 16 processors read for each:")
    alone = simulated(16, 1, reading, 1e-3, 0.0)
    for gpus in (1, 2, 4, 8, 16, 32, 64, 128):
        rate = simulated(16 * gpus, gpus, reading, 1e-3, driver)
        print(
            f"{gpus:24}{rate:17,.0f}{rate / (gpus * alone):13.1%}{rate * driver:15.1%}",
            flush=True,
        )


def stages(images: Path, model: str) -> tuple[float, float]:
    """Seconds an image to read and to encode, on one processor in one thread."""
    from core.embedding.engines.cluster import stages as ours
    from core.embedding.engines.cluster import tables

    encoder = load_encoder(model, "cpu")
    far = away(images, encoder)
    files = scan(images).files[:BLOCK]
    table = tables.of_files(files)
    encode = ours.Encoding(lambda device: encoder, "cpu")
    read_table = ours.read_files(table, far.read, 1)
    encode(read_table)  # warm
    begun = time.thread_time()
    read_table = ours.read_files(table, far.read, 1)
    reading = (time.thread_time() - begun) / len(files)
    begun = time.monotonic()
    encode(read_table)
    return reading, (time.monotonic() - begun) / len(files)


def simulated(readers: int, encoders: int, reading: float, encoding: float, driver: float) -> float:
    """Images a second of a pipeline in its steady state, event by event, a block at a time.

    Service times vary by a tenth. The driver handles each block. A reader begins only while fewer
    than ``QUEUE`` blocks an encoder are between it and the encoders. Blocks leave in their order.
    """
    dice = np.random.default_rng(0)
    blocks = 40 * max(readers, encoders)
    read_times = BLOCK * reading * dice.normal(1, 0.1, blocks).clip(0.5)
    encode_times = BLOCK * encoding * dice.normal(1, 0.1, blocks).clip(0.5)
    free_readers, free_encoders = [0.0] * readers, [0.0] * encoders
    begun = np.zeros(blocks)  # encoding of each block
    left = np.zeros(blocks)
    handed = 0.0  # when the driver is free
    room = QUEUE * encoders + readers
    for number in range(blocks):
        handed += BLOCK * driver
        ready = max(handed, heapq.heappop(free_readers))
        if number >= room:
            ready = max(ready, begun[number - room])
        ready += read_times[number]
        heapq.heappush(free_readers, ready)
        begun[number] = max(ready, heapq.heappop(free_encoders))
        end = begun[number] + encode_times[number]
        heapq.heappush(free_encoders, end)
        left[number] = max(end, left[number - 1] if number else 0.0)
    middle = slice(blocks // 4, 3 * blocks // 4)
    spans = left[middle]
    return float(BLOCK * (len(spans) - 1) / (spans[-1] - spans[0]))


if __name__ == "__main__":
    main()
