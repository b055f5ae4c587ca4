"""What is drawn on a transparent ground is seen, whatever its colour."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hostile import encoded, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.images.decode import decode
from core.images.quality import measure

SHAPES = ("ellipse", "rectangle", "ring", "line", "text")
FILES = [
    ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "keyed"), ("WEBP", "RGBA"),
    ("GIF", "P"), ("TIFF", "RGBA"), ("TIFF", "LA"), ("AVIF", "RGBA"), ("PNG", "premultiplied"),
]  # fmt: skip


def drawing(shape: str, colour: tuple[int, int, int], hidden: int = 0) -> Image.Image:
    """A shape on a transparent ground whose colour below is that grey."""
    image = Image.new("RGBA", (128, 128), (hidden, hidden, hidden, 0))
    draw, fill = ImageDraw.Draw(image), (*colour, 255)
    if shape == "ellipse":
        draw.ellipse((20, 20, 108, 108), fill=fill)
    elif shape == "rectangle":
        draw.rectangle((30, 10, 100, 60), fill=fill)
    elif shape == "ring":
        draw.ellipse((20, 20, 108, 108), outline=fill, width=9)
    elif shape == "line":
        draw.line((5, 5, 120, 90), fill=fill, width=3)
    else:
        draw.text((20, 50), "Winnow", fill=fill)
    return image


def saved(image: Image.Image, kind: str, mode: str) -> bytes:
    if mode == "LA":
        return encoded(image.convert("LA"), kind)
    if mode == "P":
        palette = Image.new("P", image.size, 0)
        palette.putpalette([*(0, 0, 0), *image.getpixel((64, 30))[:3]] + [9] * 762)
        alpha = np.asarray(image)[..., 3] > 127
        colour = tuple(np.asarray(image)[alpha][0][:3])
        palette.putpalette([0, 0, 0, *map(int, colour)])
        palette.paste(1, mask=Image.fromarray(alpha))
        return encoded(palette, kind, transparency=0)
    if mode == "keyed":
        alpha = np.asarray(image)[..., 3] > 127
        key = (1, 2, 3)
        pixels = np.where(alpha[..., None], np.asarray(image)[..., :3], key).astype(np.uint8)
        return encoded(Image.fromarray(pixels), kind, transparency=key)
    if mode == "premultiplied":
        pixels = np.asarray(image).astype(float)
        pixels[..., :3] *= pixels[..., 3:] / 255
        return encoded(Image.fromarray(pixels.astype(np.uint8)), kind)
    return encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {}))


@pytest.mark.parametrize(("kind", "mode"), FILES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("colour", [(255,) * 3, (0,) * 3, (250, 252, 248), (128,) * 3, (255, 0, 0)])
def test_every_drawing_is_seen_in_every_format(
    kind: str, mode: str, shape: str, colour: tuple[int, int, int]
) -> None:
    decoded = decode(saved(drawing(shape, colour), kind, mode))
    assert np.ptp(np.asarray(decoded.image.convert("L"))) > 40
    assert any(measure(decoded.image).phash)


def test_white_drawings_are_no_duplicates_of_one_another() -> None:
    hashes = [measure(decode(encoded(drawing(s, (255,) * 3), "PNG")).image).phash for s in SHAPES]
    assert len(set(hashes)) == len(SHAPES)
    for one in range(len(hashes)):
        for other in range(one):
            pair = (int.from_bytes(hashes[i], "big") for i in (one, other))
            assert (next(pair) ^ next(pair)).bit_count() > 40


def test_only_what_white_would_hide_is_laid_on_black() -> None:
    on_white = decode(encoded(drawing("ellipse", (200, 30, 30)), "PNG"))
    assert (on_white.image.getpixel((2, 2)), on_white.notes) == ((255, 255, 255), ())
    on_black = decode(encoded(drawing("ellipse", (255, 255, 255)), "PNG"))
    assert on_black.image.getpixel((2, 2)) == (0, 0, 0)
    assert "laid on black" in on_black.notes[0]
    cut_out = photo(3).convert("RGBA")  # a photo with a transparent corner
    cut_out.paste((0, 0, 0, 0), (0, 0, 20, 20))
    assert decode(encoded(cut_out, "PNG")).image.getpixel((2, 2)) == (255, 255, 255)
    page = Image.new("RGBA", (90, 90), "white")  # white and opaque: there is nothing to see
    page.putpixel((0, 0), (0, 0, 0, 0))
    assert decode(encoded(page, "PNG")).image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("alpha", [0, 1, 9])
def test_a_fourth_channel_that_is_no_transparency_is_ignored(alpha: int) -> None:
    image = photo(4).convert("RGBA")
    image.putalpha(alpha)
    decoded = decode(encoded(image, "PNG"))
    assert np.array_equal(np.asarray(decoded.image), np.asarray(photo(4)))
    assert "transparent throughout" in decoded.notes[0]


def test_a_picture_of_nothing_is_white() -> None:
    decoded = decode(encoded(Image.new("RGBA", (50, 40), (0, 0, 0, 0)), "PNG"))
    assert (np.asarray(decoded.image) == 255).all()
    assert decoded.notes == ()


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.sampled_from(SHAPES),
    st.integers(60, 255),
    st.integers(0, 255),
)
def test_any_colour_is_seen(
    colour: tuple[int, int, int], shape: str, alpha: int, hidden: int
) -> None:
    image = drawing(shape, colour, hidden)
    image.putalpha(image.getchannel("A").point(lambda value: min(value, alpha)))
    pixels = np.asarray(decode(encoded(image, "PNG")).image).astype(int)
    assert np.ptp(pixels, axis=(0, 1)).max() >= 24


def test_large_pictures_have_one_ground_for_all_their_strips() -> None:
    image = Image.new("RGBA", (1100, 2100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((100, 1900, 1000, 2090), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    pixels = np.asarray(decode(buffer.getvalue()).image)
    assert (pixels[:1900] == 0).all()
    assert (pixels[1950:2050, 200:900] == 255).all()
