"""An encoder whose texts speak another language than its pictures, which a linear map translates.

A picture is a grid of colours; its words are these colours in hexadecimal digits. The vector of the
words is that of the picture, turned, so that nothing agrees until somebody has learned the turn.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from colours import GRID, ColourEncoder
from PIL import Image

COUNT = 300
"""Pictures that are enough to learn it."""
_DIM = GRID * GRID * 3


class RotatedEncoder(ColourEncoder):
    spec = "rotated"
    title = "Rotated"

    def __init__(self) -> None:
        super().__init__("rotated-1")
        random = np.random.default_rng(5)
        self._turn = np.linalg.qr(random.normal(size=(_DIM, _DIM)))[0]

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        self.encoded += len(pixels)
        return unit(pixels.transpose(0, 2, 3, 1).reshape(len(pixels), -1) - 0.5)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), _DIM))
        for row, text in zip(rows, texts, strict=True):
            digits = [int(c, 16) for c in text.lower() if c in "0123456789abcdef"][:_DIM]
            row[: len(digits)] = np.array(digits) / 15 - 0.5
        return unit(rows @ self._turn + 1e-3)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def write_described(folder: Path, count: int = COUNT, shuffled: bool = False) -> Path:
    """Pictures in ``folder`` with a table ``words.csv`` of their colours; the table."""
    random = np.random.default_rng(3)
    folder.mkdir(parents=True)
    grids = random.integers(0, 16, (count, GRID, GRID, 3))
    words = ["".join(f"{value:x}" for value in grid.ravel()) for grid in grids]
    if shuffled:
        words = [words[n] for n in random.permutation(count)]
    with (folder / "words.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "colours", "empty"])
        for number, (grid, text) in enumerate(zip(grids, words, strict=True)):
            picture = Image.fromarray((grid * 17).astype(np.uint8))
            name = f"p{number:03d}.png"
            picture.resize((8 * GRID, 8 * GRID), Image.Resampling.NEAREST).save(folder / name)
            table.writerow([name, text, ""])
        table.writerow(["nowhere.png", "abc", ""])
    return folder / "words.csv"
