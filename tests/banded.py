"""Pictures of coloured bands and their names, for models that have to learn what names mean.

Run in a process of its own (``python -c "import banded; banded.main()" MODEL OUT``) it trains the
towers of a model on them, as far as it is allowed to live.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {
    "red": (230, 20, 20), "green": (20, 200, 40), "blue": (20, 30, 230), "yellow": (240, 230, 30),
    "black": (10, 10, 10), "white": (245, 245, 245), "orange": (250, 140, 10),
}  # fmt: skip
SIDE = 48
"""What the tiny model takes."""


def described(count: int) -> tuple[np.ndarray, list[str]]:
    """Pictures (count, SIDE, SIDE, 3) uint8 of three bands, and their words, no two alike."""
    every = list(itertools.product(COLOURS, repeat=3))
    drawn = np.random.default_rng(0).permutation(len(every))[:count]
    noise = np.random.default_rng(1).integers(-6, 7, (len(drawn), SIDE, SIDE, 3))
    bands = np.array([[COLOURS[name] for name in every[n]] for n in drawn])
    pictures = np.repeat(bands, SIDE // 3, axis=1)[:, :, None] + noise
    return pictures.clip(0, 255).astype(np.uint8), [" ".join(every[n]) for n in drawn]


def write(folder: Path, count: int, shuffled: bool = False) -> Path:
    """The same as PNG files in ``folder`` with a table ``words.csv``; the table."""
    folder.mkdir(parents=True)
    pictures, words = described(count)
    if shuffled:
        words = [words[n] for n in np.random.default_rng(2).permutation(count)]
    with (folder / "words.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "caption"])
        for number, (picture, text) in enumerate(zip(pictures, words, strict=True)):
            Image.fromarray(picture).save(folder / f"p{number:03d}.png")
            table.writerow([f"p{number:03d}.png", text])
    return folder / "words.csv"


def main() -> None:
    """Train, going on where another process was killed; the end goes to the file OUT."""
    from safetensors.torch import save_file

    from core.encoders.openclip.family import OpenClipFamily
    from core.encoders.tuned.lora import LoraTowers
    from core.encoders.tuned.unfinished import Unfinished
    from core.learn.tuning.towers import Interim, Part, Settings, train_towers
    from core.runtime.progress import Report

    unfinished = Unfinished(Path(sys.argv[2]).stem)

    class Keeper:
        def load(self) -> Interim | None:
            interim = unfinished.read()
            return None if interim is None else Interim(*interim)

        def save(self, interim: Interim) -> None:
            unfinished.write(interim.tensors, interim.facts)
            print("kept", flush=True)

    family, report = OpenClipFamily(), Report()
    source = family.parse(f"local:{sys.argv[1]}")
    assert source is not None
    pixels, words = described(120)
    towers = LoraTowers(family.artifacts(source, report), "cpu", pixels, words, 0)
    rows = np.arange(len(words))
    parts = [Part(own, own, own) for own in (rows[:90], rows[90:])]
    learned = train_towers(towers, *parts, Keeper(), 0, Settings(passes=6), report)
    assert learned.best is not None
    save_file(learned.best, sys.argv[2], {"history": json.dumps(learned.history)})
