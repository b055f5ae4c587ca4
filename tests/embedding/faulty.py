"""A process that embeds slowly, for tests that kill it.

Arguments: image folder, workspace, file that takes the number of images of each batch begun.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from colours import ColourEncoder

from core.embedding.run import embed
from core.store.workspace import open_workspace


class Slow(ColourEncoder):
    """Encodes so that a run takes a second or two, and writes down how many images it began."""

    log = Path()

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        with self.log.open("a") as file:
            file.write(f"{len(pixels)}\n")
        time.sleep(0.03)
        return super().encode_images(pixels)


if __name__ == "__main__":
    images, workspace, log = (Path(argument) for argument in sys.argv[1:4])
    Slow.log = log
    opened = open_workspace(images, workspace)
    print("opened", flush=True)
    result = embed(opened, Slow(), batch_size=8)
    print(result.images, result.embedded, flush=True)
