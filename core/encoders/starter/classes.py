"""The text embedding of each ImageNet class.

Kept beside this module: to embed the 2,000 texts takes half a minute of processor time, which
everybody's first start would wait for. ``python -m core.encoders.starter.classes`` makes the file
again; a test compares it with the text tower.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.encoders import torchvision_compat
from core.encoders.base import unit_rows
from core.encoders.starter import files

FILE = Path(__file__).with_name("classes.safetensors")


def vectors() -> np.ndarray:
    """(1000, 384) float32, unit rows, in the order of the classifier's rows."""
    from safetensors.numpy import load_file

    return load_file(FILE)["classes"]


def texts() -> list[tuple[int, str]]:
    """What is embedded for each ImageNet class: (class, "name: definition") for every name.

    Names and definitions are WordNet's, in the order of the classifier's rows.
    """
    torchvision_compat.prepare()  # timm imports torchvision
    from timm.data import ImageNetInfo

    pairs = []
    for row, text in enumerate(ImageNetInfo("imagenet-1k").label_descriptions(detailed=True)):
        names, definition = text.split(": ", 1)
        pairs += [(row, f"{name}: {definition}") for name in names.split(", ")]
    return pairs


def embed(tower: Callable[[Sequence[str]], np.ndarray], rows: Sequence[int]) -> np.ndarray:
    """(C, 384) float32: for each of C ``rows`` the mean over its texts, scaled to unit norm.

    Args:
        tower: from M texts to their vectors (M, 384) float32.
        rows: classes by their number, 0 to 999.
    """
    places = {row: place for place, row in enumerate(rows)}
    wanted = [(places[row], text) for row, text in texts() if row in places]
    result = np.zeros((len(rows), vectors().shape[1]), dtype=np.float32)
    np.add.at(result, [place for place, _ in wanted], tower([text for _, text in wanted]))
    return unit_rows(result)


def main() -> None:
    """Write the file anew from the installed text tower."""
    from safetensors.numpy import save_file

    from core.encoders.starter.text import TextTower  # heavy: not every start needs it

    tower = TextTower(files.verified(files.TEXT_WEIGHTS).parent, "cpu")
    save_file({"classes": embed(tower, range(len(vectors())))}, FILE)


if __name__ == "__main__":
    main()
