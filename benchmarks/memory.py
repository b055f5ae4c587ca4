"""How much memory the embedding of a folder takes beyond that of its model, and a second scan.

    python benchmarks/memory.py IMAGES --model starter

"Model" is a process that loads the encoder and encodes one batch a core. All figures are the peak
resident memory of a whole process as the system counts it (VmHWM), mapped files included.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

BATCH = 8
LIMIT = 600  # MB beyond the model


def peak(process: int | str = "self") -> float:
    """Peak resident memory of a process in MB, as a rule of this one."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise OSError("this system does not say how much memory a process took: run it on Linux")


def only_model(model: str) -> None:
    """Load an encoder and encode a batch on every core."""
    from core.encoders.registry import load_encoder

    encoder = load_encoder(model)
    pixels = encoder.preprocess(Image.new("RGB", (640, 480)))
    batch = np.stack([pixels] * BATCH)
    with ThreadPoolExecutor(encoder.lanes) as lanes:
        list(lanes.map(lambda _: encoder.encode_images(batch), range(encoder.lanes)))


def run(images: Path, workspace: Path, model: str) -> None:
    """What ``winnow embed`` does; says what became of the images and its peak at times."""
    from core.embedding.run import embed
    from core.encoders.registry import load_encoder
    from core.store.workspace import open_workspace

    done = embed(open_workspace(images, workspace), load_encoder(model))
    print(f"embedded {done.embedded}, {done.seconds:.1f} s without the model", file=sys.stderr)


def measured(*arguments: str) -> tuple[float, float]:
    """Peak memory in MB and seconds of a process of this script."""
    return measured_by(__file__, *arguments)


def measured_by(script: str, *arguments: str) -> tuple[float, float]:
    """Peak memory in MB, the last word that a script prints, and seconds of its process."""
    start = time.perf_counter()
    child = subprocess.run(
        [sys.executable, script, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return float(child.stdout.split()[-1]), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--part", choices=["model", "run"])
    parser.add_argument("--workspace", type=Path)
    options = parser.parse_args()
    if options.part == "model":
        only_model(options.model)
        print(peak())
        return
    if options.part == "run":
        run(options.images, options.workspace, options.model)
        print(peak())
        return
    common = [str(options.images), "--model", options.model]
    model, _ = measured(*common, "--part", "model")
    with tempfile.TemporaryDirectory() as folder:
        again = ["--workspace", os.fspath(Path(folder) / "w"), "--part", "run"]
        first, seconds = measured(*common, *again)
        second, repeated = measured(*common, *again)
    kept = "kept" if first - model <= LIMIT else "missed"
    print(f"the model alone        {model:7.0f} MB")
    print(f"the whole run          {first:7.0f} MB, {seconds:.0f} s")
    print(f"beyond the model       {first - model:7.0f} MB (limit {LIMIT}: {kept})")
    print(f"once more, model loaded{second:7.0f} MB, {repeated:.1f} s")


if __name__ == "__main__":
    main()
