"""Colours in a few bytes: copies of a photo stay close, another colour of a part does not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from conftest import SAMPLE
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from core.images.chroma import CHROMA_BYTES, chroma, colour_distance
from core.images.decode import decode
from core.search.duplicates import MAX_COLOUR_DISTANCE

PHOTOS = sorted(SAMPLE.glob("images/**/*.jpg"))[::7][:40]
SIGNATURES = st.binary(min_size=CHROMA_BYTES, max_size=CHROMA_BYTES)


def again(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=40)
    return Image.open(stream)


def other_hue(image: Image.Image, by: int) -> Image.Image:
    """The middle ninth of a picture in another colour, as a carton with another fruit."""
    width, height = image.size
    box = (width // 3, height // 3, 2 * width // 3, 2 * height // 3)
    part = np.array(image.crop(box).convert("HSV"))
    part[..., 0] = (part[..., 0].astype(int) + by) % 256
    part[..., 1] = np.maximum(part[..., 1], 140)
    part[..., 2] = np.maximum(part[..., 2], 90)
    result = image.copy()
    result.paste(Image.fromarray(part, "HSV").convert("RGB"), box)
    return result


def test_copies_stay_close_and_other_colours_do_not() -> None:
    near, far = [], []
    for path in PHOTOS:
        photo = decode(path.read_bytes()).image.convert("RGB")
        own, (width, height) = chroma(photo), photo.size
        copies = [
            again(photo),
            photo.resize((width // 2, height // 2)),
            photo.crop((width // 100, height // 100, width - width // 100, height)),
            ImageEnhance.Brightness(photo).enhance(0.8),
            ImageEnhance.Color(photo).enhance(1.2),
        ]
        near += [colour_distance(own, chroma(copy)) for copy in copies]
        coloured = other_hue(photo, 0)
        far.append(colour_distance(chroma(coloured), chroma(other_hue(photo, 85))))
    assert np.mean(np.array(near) <= MAX_COLOUR_DISTANCE) >= 0.97
    assert np.mean(np.array(far) > MAX_COLOUR_DISTANCE) == 1.0


@given(first=SIGNATURES, second=SIGNATURES)
def test_a_distance_is_finite_and_none_to_itself(first: bytes, second: bytes) -> None:
    assert colour_distance(first, first) == pytest.approx(0, abs=1e-3)
    assert 0 <= colour_distance(first, second) < 600


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16", "1"])
def test_any_picture_has_colours(mode: str) -> None:
    assert len(chroma(Image.new(mode, (3, 500)))) == CHROMA_BYTES
