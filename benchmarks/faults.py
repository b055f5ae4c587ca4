"""What a crash costs, and what damaged files do.

    python benchmarks/faults.py FOLDER --kills 20    kill -9 at random moments, resumed each time
    python benchmarks/faults.py FOLDER --fuzz 2000   damaged copies of real pictures of every format

The first compares the vectors with those of a run that nobody disturbed, and counts the images that
went through the encoder more than once. The second decodes every case in a process of its own kind,
so that a crash of a decoder is seen, with ten seconds for each.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.encoders.base import Encoder

REPOSITORY = Path(__file__).parents[1]
HANG = 10.0  # seconds


# -- kill -9 -------------------------------------------------------------------------------------


def child(images: Path, workspace: Path, log: Path, model: str) -> None:
    """One run; every image that enters the encoder is counted in ``log``."""
    from core.embedding.run import embed
    from core.store.workspace import open_workspace

    encoder = load(model)
    encode = encoder.encode_images

    def counted(pixels: np.ndarray) -> np.ndarray:
        with log.open("a") as file:
            file.write(f"{len(pixels)}\n")
        return encode(pixels)

    encoder.encode_images = counted  # type: ignore[method-assign]
    opened = open_workspace(images, workspace)
    print("begins", flush=True)
    embed(opened, encoder)


def load(model: str) -> Encoder:
    """An encoder; "colours" is that of the tests, which costs nothing and needs no weights."""
    if model != "colours":
        from core.encoders.registry import load_encoder

        return load_encoder(model, "cpu")
    sys.path.insert(0, str(REPOSITORY / "tests"))
    from colours import ColourEncoder

    return ColourEncoder()


def start(images: Path, workspace: Path, log: Path, model: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, images, "--child", workspace, log, "--model", model]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def vectors_of(root: Path) -> tuple[dict[str, int], np.ndarray]:
    """Path → row, and the stored float16 vectors of the rows."""
    from core.project.pool import load_pool
    from core.store.vectors import VectorStore
    from core.store.workspace import load

    pool = load_pool(load(root))
    if not len(pool):
        return {}, np.zeros((0, 1), np.float16)
    store = VectorStore.peek(load(root).vectors(pool.identity))
    assert store.dropped == 0
    return pool.rows_by_path, store.get(pool.ids).astype(np.float16)


def stored_in(root: Path) -> int:
    """Vectors on disk."""
    from core.store.vectors import VectorStore

    return sum(len(VectorStore.peek(meta.parent)) for meta in root.glob("vectors/*/meta.json"))


def kill(images: Path, kills: int, model: str, seed: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        begun = time.monotonic()
        start(images, place / "whole", place / "log of whole", model).wait()
        whole = time.monotonic() - begun
        paths, expected = vectors_of(place / "whole")
        print(f"undisturbed: {len(paths)} images in {whole:.1f} s", flush=True)
        stored: list[int] = []
        for _ in range(kills):
            process = start(images, place / "killed", place / "log", model)
            # Long enough that all together get about as far as the undisturbed run.
            time.sleep(chance.uniform(0, 1 + 2 * whole / kills))
            process.send_signal(signal.SIGKILL)
            process.wait()
            stored.append(stored_in(place / "killed"))
        start(images, place / "killed", place / "log", model).wait()
        again, vectors = vectors_of(place / "killed")
        print(f"vectors stored after each kill: {stored}")
        assert set(again) == set(paths), "images were lost"
        rows = [again[path] for path in paths]
        ours, theirs = vectors[rows], expected[list(paths.values())]
        same = (ours == theirs).all(axis=1)
        apart = np.abs(ours.astype(np.float32) - theirs.astype(np.float32)).max()
        encoded = sum(int(line) for line in (place / "log").read_text().split())
        print(
            f"{kills} kills: {same.sum()} of {len(same)} vectors identical bit for bit, the "
            f"largest difference {apart:.2g}; {encoded - len(expected)} images encoded again, "
            f"{(encoded - len(expected)) / kills:.1f} a kill"
        )


# -- damaged files -------------------------------------------------------------------------------


def decoded(data: bytes, draft_px: int | None) -> tuple[str, float]:
    """What became of one file, and how long it took."""
    from core.images.decode import UnreadableImage, decode
    from core.images.quality import measure

    begun = time.perf_counter()
    try:
        measure(decode(data, "x.jpg", draft_px).image)
        outcome = "a picture"
    except UnreadableImage:
        outcome = "listed with a reason"
    return outcome, time.perf_counter() - begun


def fuzz(folder: Path, count: int, seed: int) -> None:
    sys.path.insert(0, str(REPOSITORY / "tests"))
    from mutations import mutated, seeds
    from PIL import Image

    chance = random.Random(seed)
    photos = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    originals = seeds([Image.open(path) for path in chance.sample(photos, min(10, len(photos)))])
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    pool = ProcessPoolExecutor(1)
    for number in range(count):
        data = mutated(originals[number % len(originals)], chance)
        try:
            outcome, seconds = pool.submit(decoded, data, (None, 224)[number % 2]).result(HANG)
            slowest = max(slowest, seconds)
        except (BrokenProcessPool, TimeoutError) as error:
            outcome = f"FAULT {type(error).__name__} at case {number}"
            pool.shutdown(wait=False, cancel_futures=True)
            pool = ProcessPoolExecutor(1)
        outcomes[outcome] += 1
    pool.shutdown()
    print(f"{count} damaged files: {dict(outcomes)}, the slowest took {slowest:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=Path, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.folder, *asked.child, asked.model)
        return
    os.environ.setdefault("OMP_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
    if asked.kills:
        kill(asked.folder, asked.kills, asked.model, asked.seed)
    if asked.fuzz:
        fuzz(asked.folder, asked.fuzz, asked.seed)


if __name__ == "__main__":
    main()
