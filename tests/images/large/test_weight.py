"""What decoding takes is what was said that it takes, and never more."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hostile import encoded, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import seeds
from PIL import Image

from core.images.large.weight import weigh

SIDE = 2_000
SLACK = 24_000_000  # of the interpreter, of what imports bring along, of a strip


def _colour() -> Image.Image:
    return photo(3, (50, 50)).resize((SIDE, SIDE))


def _wide(dtype: type) -> Image.Image:
    return Image.fromarray(np.asarray(_colour().convert("L")).astype(dtype) * dtype(200))


def _files() -> dict[str, bytes]:
    colour = _colour()
    lab = Image.merge("LAB", colour.split())
    return {
        "rgb.png": encoded(colour, "PNG", compress_level=1),
        "alpha.png": encoded(colour.convert("RGBA"), "PNG", compress_level=1),
        "palette.gif": encoded(colour.quantize(64), "GIF"),
        "deep.png": encoded(_wide(np.uint16), "PNG", compress_level=1),
        "float.tif": encoded(_wide(np.float32), "TIFF", compression="tiff_lzw"),
        "int.tif": encoded(_wide(np.int32), "TIFF", compression="tiff_lzw"),
        "one strip.tif": encoded(colour, "TIFF", compression="tiff_lzw", tiffinfo={278: SIDE}),
        "cmyk.tif": encoded(colour.convert("CMYK"), "TIFF"),
        "lab.tif": encoded(lab, "TIFF", compression="tiff_lzw"),
        "jpeg.tif": encoded(colour, "TIFF", compression="jpeg"),
        "progressive.jpg": encoded(colour, "JPEG", progressive=True, subsampling=0),
        "plain.webp": encoded(colour, "WEBP", quality=60, method=0),
        "lossless.webp": encoded(colour, "WEBP", lossless=True, method=0),
        "plain.avif": encoded(colour, "AVIF", speed=10),
        "plain.bmp": encoded(colour, "BMP"),
    }


_MEASURE = """
import sys
from pathlib import Path
from core.images import decode as module
from core.images.quality import measure
from core.runtime.budget import Lease

def status(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))

first, path, draft = sys.argv[1:]
measure(module.decode(Path(first).read_bytes()).image)  # what is only made once
data = Path(path).read_bytes()
asked = []
resize = Lease.resize
Lease.resize = lambda lease, size: (asked.append(size), resize(lease, size))[1]
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
with module.decoding(data, "x", int(draft) or None) as decoded:
    measure(decoded.image)
print(max(asked) - len(data), status("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux")
@pytest.mark.parametrize("draft", [0, 448])
def test_no_format_takes_more_than_was_asked_for(draft: int, tmp_path: Path) -> None:
    """Each in a process, whose peak the system tells."""
    (tmp_path / "first.jpg").write_bytes(encoded(photo(1), "JPEG"))
    too_much = {}
    for name, data in _files().items():
        (tmp_path / name).write_bytes(data)
        arguments = [tmp_path / "first.jpg", tmp_path / name, str(draft)]
        result = subprocess.run(
            [sys.executable, "-c", _MEASURE, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.fspath(Path(__file__).parents[3])},
        )
        asked, taken = map(int, result.stdout.split())
        if taken > asked + SLACK:
            too_much[name] = (asked, taken)
    assert not too_much


@pytest.mark.parametrize("number", range(len(seeds())))
def test_every_format_weighs_at_least_its_pixels(number: int) -> None:
    with Image.open(io.BytesIO(seeds()[number])) as opened:
        weight = weigh(opened, opened.size, 1, False)
        pixels = opened.width * opened.height
        assert weight.peak >= weight.after >= 4 * pixels
        assert weigh(opened, opened.size, 1, True).after > weight.after
        assert weigh(opened, opened.size, 4, False).after < weight.after


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([258, 277, 278, 322, 323]),
        st.integers(-5, 2**40) | st.tuples(st.integers(0, 99), st.text()) | st.text() | st.just(()),
    )
)
def test_tags_of_any_kind_and_value_give_a_weight_within_reason(tags: dict[int, object]) -> None:
    with Image.open(io.BytesIO(encoded(photo(1), "TIFF", compression="tiff_lzw"))) as opened:
        opened.tag_v2 = tags
        assert 0 < weigh(opened, opened.size, 1, False).peak < 10**8
