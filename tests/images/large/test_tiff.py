"""A TIFF made smaller strip by strip is the whole one made smaller."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from hostile import encoded, photo
from mutations import mutated
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from core.images import decode as decode_module
from core.images.decode import UnreadableImage, decode
from core.images.large import tiff
from core.images.large.tiff import is_in_pieces, reduced

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def _pictures() -> dict[str, Image.Image]:
    picture = photo(2, (211, 173))
    grey = np.asarray(picture.convert("L"))
    return {
        "RGB": picture,
        "L": picture.convert("L"),
        "CMYK": picture.convert("CMYK"),
        "F": Image.fromarray(grey.astype(np.float32) / 7),
        "I": Image.fromarray(grey.astype(np.int32) * 999 - 5),
    }


def _tiff(picture: Image.Image, rows: int, compression: str | None) -> bytes:
    info = ImageFileDirectory_v2()
    info[278] = rows
    return encoded(picture, "TIFF", compression=compression, tiffinfo=info)


@pytest.mark.parametrize("mode", _pictures())
@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "tiff_deflate"]
)
@pytest.mark.parametrize("rows", [8, 16, 24])
@pytest.mark.parametrize("pixels", [1, 211 * 40, 1 << 20])
def test_strips_give_what_the_whole_gives(
    mode: str, compression: str, rows: int, pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compression == "jpeg" and mode in ("F", "I"):
        pytest.skip("JPEG has no such samples")
    monkeypatch.setattr(tiff, "STRIP_PIXELS", pixels)
    data = _tiff(_pictures()[mode], rows, compression)
    for factor in (2, 4, 8):
        with Image.open(io.BytesIO(data)) as opened:
            assert is_in_pieces(opened, factor) == (8 * pixels >= 211 * np.lcm(rows, factor))
            if not is_in_pieces(opened, factor):
                continue
            result = reduced(opened, data, factor)
        with Image.open(io.BytesIO(data)) as opened:
            expected = opened.reduce(factor)
        assert (result.mode, result.size) == (mode, expected.size)
        assert np.array_equal(np.asarray(result), np.asarray(expected))


@pytest.mark.parametrize("mode", ["RGB", "F", "I"])
def test_big_endian_files_too(mode: str) -> None:
    picture = _pictures()[mode]
    data = _tiff(picture, 8, None)
    dtype = {"RGB": ">u1", "F": ">f4", "I": ">i4"}[mode]
    big = _big_endian(np.asarray(picture).astype(dtype), mode)
    with Image.open(io.BytesIO(big)) as opened:
        assert is_in_pieces(opened, 4)
        result = reduced(opened, big, 4)
    assert data  # the same picture in the usual order
    assert np.allclose(np.asarray(result), np.asarray(picture.reduce(4)), atol=1)


def _big_endian(values: np.ndarray, mode: str) -> bytes:
    height, width = values.shape[:2]
    samples = 3 if mode == "RGB" else 1
    rows = 8
    strips = [values[top : top + rows].tobytes() for top in range(0, height, rows)]
    directory = ImageFileDirectory_v2(prefix=b"MM")
    content = {
        256: width, 257: height, 258: (8 * values.itemsize,) * samples, 259: 1,
        262: 2 if samples == 3 else 1, 277: samples, 278: rows,
        339: ({"RGB": 1, "F": 3, "I": 2}[mode],) * samples,
    }  # fmt: skip
    for tag, value in content.items():
        directory[tag] = value
    counts = [len(strip) for strip in strips]
    for tag, places in ((273, np.cumsum([0, *counts[:-1]])), (279, counts)):
        directory.tagtype[tag] = 4
        directory[tag] = tuple(int(place) for place in places)
    header = b"MM" + (42).to_bytes(2, "big") + (8).to_bytes(4, "big")
    return header + directory.tobytes(8) + b"".join(strips)


@pytest.mark.parametrize("mode", _pictures())
def test_a_draft_of_a_large_one_is_made_that_way(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _tiff(_pictures()[mode], 8, "tiff_lzw")
    monkeypatch.setattr(decode_module, "REDUCED_ABOVE", 1_000)
    draft = decode(data, "x.tif", draft_px=40)
    monkeypatch.setattr(decode_module, "is_in_pieces", lambda *_: False)
    whole = decode(data, "x.tif", draft_px=40)
    assert draft.image.size == whole.image.size == (53, 44)
    assert (draft.width, draft.height) == (211, 173)
    # Where the range of the values decides, the means have a narrower one.
    most = 12 if mode in ("F", "I") else 1
    difference = np.asarray(draft.image).astype(int) - np.asarray(whole.image)
    assert np.abs(difference).max() <= most


def test_damage_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "REDUCED_ABOVE", 1_000)
    chance = random.Random(0)
    originals = [_tiff(picture, 8, "tiff_lzw") for picture in _pictures().values()]
    outcomes = []
    for number in range(300):
        try:
            decode(mutated(originals[number % len(originals)], chance), "x.tif", draft_px=40)
            outcomes.append(True)
        except UnreadableImage as error:
            assert error.reason
            outcomes.append(False)
    assert 0.05 < sum(outcomes) / len(outcomes) < 0.95


def test_what_is_not_in_strips_is_left_to_pillow() -> None:
    for data in (
        encoded(photo(1), "PNG"),
        _tiff(photo(1, (64, 64)), 64, "tiff_lzw"),
        _tiff(photo(1, (64, 64)).convert("RGBA"), 8, "tiff_lzw"),
        _tiff(photo(1, (64, 64)).convert("1"), 8, "group4"),
    ):
        with Image.open(io.BytesIO(data)) as opened:
            assert not is_in_pieces(opened, 4)
