"""An encoder without weights, for tests of what surrounds encoders: a picture's colours in a grid.

It is real in the sense that matters there: deterministic, depends on the pixels only, and tells
red pictures from blue ones by the words "red" and "blue".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.embedding.run import embed
from core.project.project import Project

WORDS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
GRID = 4


def _shrunk(image: Image.Image) -> np.ndarray:
    small = image.resize((GRID, GRID), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255


class ColourEncoder:
    spec = "colours"
    title = "Colours"
    identity = "colours-1"
    dim = GRID * GRID * 3
    device = "cpu"
    lanes = 2
    draft_px: int | None = None
    notes: tuple[str, ...] = ()
    looks = slice(None)
    centre_scores = False
    temperature: float | None = 0.05
    reference_mean: np.ndarray | None = None
    preprocessor = staticmethod(_shrunk)

    def __init__(self, identity: str = "colours-1") -> None:
        self.identity = identity
        self.encoded = 0

    def preprocess(self, image: Image.Image) -> np.ndarray:
        return _shrunk(image)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        self.encoded += len(pixels)
        flat = pixels.transpose(0, 2, 3, 1).reshape(len(pixels), -1) + 1e-3
        return (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), GRID * GRID, 3), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, colour in WORDS.items():
                if word in text.casefold():
                    row += np.array(colour, dtype=np.float32)
        flat = rows.reshape(len(texts), -1)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def write_pictures(folder, count: int, seed: int = 0) -> dict[str, str]:
    """Noisy red, green and blue JPEGs in ``folder``; returns path → colour."""
    random = np.random.default_rng(seed)
    truth = {}
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        word, colour = list(WORDS.items())[n % len(WORDS)]
        pixels = random.integers(0, 90, (24, 32, 3)) + np.array(colour) * 150
        name = f"p{n:04d}.jpg"
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name, quality=92)
        truth[name] = word
    return truth


class Blind(ColourEncoder):
    """An encoder to which every text is the same."""

    spec = "blind"

    def __init__(self) -> None:
        super().__init__("blind-1")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


def embedded_twice(folder: Path, workspace: Path) -> tuple[Project, dict[str, str]]:
    """Thirty pictures and a copy, embedded by two encoders of which the one that sees colours is
    active; returns path → colour too, without the copy."""
    truth = write_pictures(folder, 30)
    (folder / "copy.jpg").write_bytes((folder / "p0000.jpg").read_bytes())
    project = Project.open(folder, workspace)
    for encoder in (Blind(), ColourEncoder()):
        embed(project.workspace, encoder)
    return project.use(encoder), truth


def captions_of(truth: Mapping[str, str]) -> list[tuple[str, str]]:
    """A caption for each picture, with its colour."""
    return [(path, f"A {colour} picture") for path, colour in truth.items()]
