"""How much memory large and wide pictures take: a run over them, and a page of their thumbnails.

    python benchmarks/scans.py --files 200

Makes scans of 25 megapixels in the formats that scanners and cameras of laboratories write (8 and
16 bits, CMYK, L*a*b*, floats), and floats and greys of 200 megapixels that compress to a megabyte.
All figures are the peak resident memory of a whole process; "thumbnails" asks for all of them in
16 threads, as the pages of a browser do.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from memory import measured_by, only_model, peak, run
from PIL import Image

SIDE, GIANT = 5_000, 14_142
RUN_LIMIT, PAGE_LIMIT = 1_500, 500  # MB beyond the model, and beyond an idle process
THREADS = 16


def make(folder: Path, files: int) -> None:
    """Fill a folder; contents differ in what follows the picture, which no decoder looks at."""
    folder.mkdir()
    originals = list(_originals())
    for number in range(files):
        name, data = originals[number % len(originals)]
        (folder / f"{number:04}-{name}").write_bytes(data + number.to_bytes(4, "big"))


def _originals() -> list[tuple[str, bytes]]:
    wave = np.add.outer(np.arange(SIDE) // 20, np.arange(SIDE) // 30) % 251
    grey = Image.fromarray(wave.astype(np.uint8))
    colour = Image.merge("RGB", (grey, grey.transpose(0), grey.transpose(1)))
    deep = Image.fromarray((wave * 257).astype(np.uint16))
    floats = Image.fromarray(wave.astype(np.float32))
    whole = Image.fromarray(wave.astype(np.int32) * 999)
    giant = np.zeros((GIANT, GIANT), np.float32)
    giant[::50] = 0.5
    alpha = colour.convert("RGBA")
    alpha.putalpha(grey)
    lab = Image.merge("LAB", colour.split())
    return [
        ("rgb.png", _saved(colour, "PNG", compress_level=1)),
        ("deep.png", _saved(deep, "PNG", compress_level=1)),
        ("float.tif", _saved(floats, "TIFF", compression="tiff_lzw")),
        ("cmyk.tif", _saved(colour.convert("CMYK"), "TIFF", compression="tiff_lzw")),
        ("lab.tif", _saved(lab, "TIFF", compression="tiff_lzw")),
        ("alpha.png", _saved(alpha, "PNG", compress_level=1)),
        ("int.tif", _saved(whole, "TIFF", compression="tiff_lzw")),
        ("one.webp", _saved(colour, "WEBP", quality=50, method=0)),
        ("giant.tif", _saved(Image.fromarray(giant), "TIFF", compression="tiff_adobe_deflate")),
        ("giant.png", _saved(Image.new("L", (GIANT, GIANT), 99), "PNG")),
        ("progressive.jpg", _saved(colour, "JPEG", progressive=True)),
    ]  # fmt: skip


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def page(folder: Path, into: Path) -> None:
    """All thumbnails at once."""
    from core.images.hash import content_id
    from core.images.thumbnails import thumbnail
    from core.images.unreadable import UnreadableImage

    def one(path: Path) -> int:
        try:
            thumbnail(path, into, content_id(path.read_bytes()))
        except UnreadableImage as error:
            print(error, file=sys.stderr)
            return 0
        return 1

    begun = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        made = sum(pool.map(one, sorted(folder.iterdir())))
    print(f"{made} thumbnails, {time.monotonic() - begun:.0f} s", file=sys.stderr)


def idle() -> None:
    """What a process that could make thumbnails takes."""
    import core.images.thumbnails  # noqa: F401


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--shown", type=int, default=48, help="files of the page of thumbnails")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--part", choices=["model", "run", "idle", "page"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        _part(options)
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        make(place / "images", options.files)
        make(place / "shown", options.shown)
        common = ["--model", options.model, "--folder", os.fspath(place)]
        figures = {
            part: measured_by(__file__, "--part", part, *common)
            for part in ("model", "run", "idle", "page")
        }
    for what, before, limit in (("run", "model", RUN_LIMIT), ("page", "idle", PAGE_LIMIT)):
        megabytes, seconds = figures[what]
        more = megabytes - figures[before][0]
        verdict = "kept" if more <= limit else "missed"
        print(f"{what}: {megabytes:.0f} MB in {seconds:.0f} s, {more:.0f} more than {before} "
              f"(limit {limit}: {verdict})")  # fmt: skip


def _part(options: argparse.Namespace) -> None:
    if options.part == "model":
        only_model(options.model)
    elif options.part == "run":
        run(options.folder / "images", options.folder / "workspace", options.model)
    elif options.part == "page":
        page(options.folder / "shown", options.folder / "thumbnails")
    else:
        idle()
    print(peak())


if __name__ == "__main__":
    main()
