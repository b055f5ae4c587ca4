"""A model file of coloured pictures with a known accuracy, and deliveries for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from colours import WORDS, ColourEncoder
from PIL import Image

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.deliveries.fields import Fields
from core.services.deliveries.receiving import Delivery, receive
from core.services.sorter.making import make_sorter
from core.sorter.schema import Figure
from core.sorter.sorter import Sorter

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})


def picture(path: Path, colour: tuple[float, ...], chance: np.random.Generator) -> None:
    """One noisy picture whose colours come and go, so that hashes of pictures differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = chance.integers(0, 120, (6, 8, 3)).repeat(4, axis=0).repeat(4, axis=1)
    pixels = coarse + np.array(colour) * 130
    Image.fromarray(pixels.astype(np.uint8)).save(path, quality=95)


def pictures(folder: Path, counts: tuple[int, int, int], seed: int, odd: int = 0) -> Path:
    """Red, green and blue pictures, and ``odd`` ones that are red and half of them black."""
    chance = np.random.default_rng(seed)
    for (word, colour), count in zip(WORDS.items(), counts, strict=True):
        for number in range(count):
            picture(folder / f"{word}{number:03d}.jpg", colour, chance)
    for number in range(odd):
        path = folder / f"odd{number:03d}.jpg"
        picture(path, (1, 0, 0), chance)
        pixels = np.asarray(Image.open(path)).copy()
        pixels[:, 16:] = 0
        Image.fromarray(pixels).save(path, quality=95)
    return folder


def sorter_of(folder: Path, workspace: Path, classes: Vocabulary = CLASSES) -> Sorter:
    """A model file's content of a folder, with an accuracy as if it had been measured."""
    project = Project.open(folder, workspace).use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    made = make_sorter(project.snapshot(classes), "colours")
    accuracy = Figure(value=0.9, low=0.85, high=0.94)
    return replace(made, content=made.content.model_copy(update={"accuracy": accuracy}))


def received(
    folder: Path, sorter: Sorter, deliveries: Path, fields: Fields | None = None
) -> Delivery:
    """The folder, received under its own name."""
    return receive(folder, sorter, ColourEncoder(), fields or Fields(), deliveries, folder.name)
