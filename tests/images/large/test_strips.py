"""Strips give what the whole would give."""

from __future__ import annotations

import numpy as np
import pytest
from hostile import photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images import convert
from core.images.convert import to_rgb
from core.images.large import strips


def _modes() -> list[Image.Image]:
    picture = photo(5, (83, 61))
    grey = np.asarray(picture.convert("L"))
    alpha = picture.convert("RGBA")
    alpha.putalpha(picture.convert("L"))
    palette = picture.quantize(9)
    palette.info["transparency"] = 3
    keyed = picture.copy()
    keyed.info["transparency"] = picture.getpixel((4, 4))
    return [
        picture, picture.convert("L"), picture.convert("1"), picture.convert("CMYK"), alpha,
        alpha.convert("LA"), palette, keyed, picture.convert("YCbCr"),
        Image.merge("LAB", picture.split()), Image.fromarray(grey.astype(np.uint16) * 257),
        Image.fromarray(grey.astype(np.int32) * 999 - 7), Image.fromarray(grey / np.float32(255)),
        Image.fromarray(np.where(grey > 9, grey * np.float32(1e3), np.nan).astype(np.float32)),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_modes())))
@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_every_mode_is_the_same_in_strips(
    number: int, factor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, note = to_rgb(_modes()[number].copy(), factor=1)
    expected = whole if factor == 1 else whole.reduce(factor)
    for pixels in (1, 83 * 3, 83 * 17):
        monkeypatch.setattr(strips, "STRIP_PIXELS", pixels)
        monkeypatch.setattr(convert, "STRIP_PIXELS", pixels)
        result, same = to_rgb(_modes()[number].copy(), factor=factor)
        assert same == note
        assert (result.mode, result.info, result.size) == ("RGB", {}, expected.size)
        assert np.array_equal(np.asarray(result), np.asarray(expected))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 2, 4, 8]))
def test_strips_cover_every_row_once(width: int, height: int, factor: int) -> None:
    image = Image.new("L", (width, height))
    rows = [row for top, s in strips.strips_of(image, factor) for row in range(top, top + s.height)]
    assert rows == list(range(height))


def test_a_large_picture_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "STRIP_PIXELS", 10)
    picture = photo(1)
    picture.info["exif"] = b"where it was taken"
    result, _ = to_rgb(picture)
    assert result.im is picture.im
    assert result.info == {}
    assert type(result) is Image.Image
