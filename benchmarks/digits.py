"""Handwritten digits as image files with their truth, for prompts of the family of digits.

    python benchmarks/digits.py OUT
    winnow evaluate OUT/images --truth OUT/truth.csv 0 1 2 3 4 5 6 7 8 9 --family none

The 1,797 digits that come with scikit-learn (8 × 8 pixels, 17 greys; Alpaydin and Kaynak 1998),
made 96 pixels wide, every second one dark on light.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

WIDTH, INK = 96, 16


def write(out: Path) -> int:
    """Write the images and the truth into a folder; how many."""
    digits = load_digits()
    (out / "images").mkdir(parents=True)
    rows = ["path,label"]
    for number, (ink, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        pixels = (ink * 255 / INK).astype(np.uint8)
        pixels = 255 - pixels if number % 2 else pixels
        picture = Image.fromarray(pixels).resize((WIDTH, WIDTH), Image.Resampling.BICUBIC)
        picture.convert("RGB").save(out / "images" / f"{number:04}.png")
        rows.append(f"{number:04}.png,{digit}")
    (out / "truth.csv").write_text("\n".join(rows) + "\n")
    return len(rows) - 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    print(write(parser.parse_args().out), "digits")
