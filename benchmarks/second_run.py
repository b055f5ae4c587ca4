"""What a second `winnow embed` costs: nothing changed, files renamed and touched, pixels changed.

    python benchmarks/second_run.py FOLDER

Works on a copy of FOLDER; every run is a process of its own, start-up included.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageOps

WINNOW = Path(sys.executable).with_name("winnow")


def timed(images: Path, workspace: Path) -> tuple[dict[str, object], float]:
    """One `winnow embed` with its result and its seconds."""
    command = [WINNOW, "embed", images, "--workspace", workspace, "--model", "starter", "--json"]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    source = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as temporary:
        images, workspace = Path(temporary) / "images", Path(temporary) / "workspace"
        shutil.copytree(source, images, copy_function=shutil.copyfile)
        files = sorted(p for p in images.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        timed(images, Path(temporary) / "warm-up")  # fills caches of files and of the encoder
        first, whole = timed(images, workspace)
        print(f"first run: {first['embedded']} embedded, {whole:.1f} s")

        def again(what: str) -> None:
            result, seconds = timed(images, workspace)
            print(f"{what}: {result['embedded']} embedded, {seconds:.2f} s = {seconds / whole:.1%}")

        again("nothing changed")
        for path in files[:100]:
            path.rename(path.with_name(f"renamed-{path.name}"))
        for path in files[100:200]:
            os.utime(path)
        again("100 renamed, 100 touched")
        for path in files[200:210]:
            ImageOps.invert(Image.open(path).convert("RGB")).save(path, quality=95)
        again("10 changed")


if __name__ == "__main__":
    main()
