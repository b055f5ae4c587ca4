"""Files that stop early: used when nearly all of the picture is there, and the share is true."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hostile import encoded, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decode import Decoded, UnreadableImage, decode
from core.images.repair.cut import LEAST, continuations

SAMPLES = sorted((Path(__file__).parents[3] / "sample_data" / "images").iterdir())
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "jpeg": ("JPEG", {"quality": 90}),
    "jpeg without subsampling": ("JPEG", {"quality": 60, "subsampling": 0}),
    "jpeg with restarts": ("JPEG", {"restart_marker_rows": 2}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {}),
    "lzw tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "avif": ("AVIF", {"speed": 10}),
}


def sample(number: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    return Image.open(SAMPLES[number % len(SAMPLES)]).convert("RGB").resize(size)


def wrong(decoded: Decoded, whole: Decoded) -> float:
    """Share of the pixels that are not those of the whole file."""
    one, other = np.asarray(decoded.image), np.asarray(whole.image)
    assert one.shape == other.shape
    return float((one != other).any(axis=2).mean())


def missing(decoded: Decoded) -> float:
    """Share that the note says is missing."""
    note = next((note for note in decoded.notes if "stops early" in note), "")
    if "%" not in note:
        return 0.0
    return float(note.partition(": ")[2].partition("%")[0]) / 100


@pytest.mark.parametrize("name", KINDS)
def test_every_prefix_is_refused_or_says_truly_how_much_is_there(name: str) -> None:
    kind, options = KINDS[name]
    data = encoded(sample(3), kind, **options)
    whole, used = decode(data), 0
    lengths = [*range(0, len(data), 1 + len(data) // 60), *range(len(data) - 30, len(data))]
    for length in lengths:
        try:
            decoded = decode(data[:length])
        except UnreadableImage as error:
            assert any(word in error.reason for word in ("trunc", "damaged", "empty", "format"))
            continue
        used += 1
        share = wrong(decoded, whole)
        assert share <= 1 - LEAST + 0.02
        assert share - 0.02 <= missing(decoded) <= 1 - LEAST + 0.001
    assert used < len(lengths) / 2
    with pytest.raises(UnreadableImage):
        decode(data[: len(data) // 2])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 400),
    st.sampled_from([name for name in KINDS if "jpeg" in name]),
    st.integers(16, 500),
    st.integers(16, 400),
    st.floats(0, 1),
    st.sampled_from([None, 1, 3, 6, 8]),
)
def test_a_jpeg_that_is_used_holds_nine_tenths(
    number: int, name: str, width: int, height: int, cut: float, orientation: int | None
) -> None:
    exif = Image.Exif()
    exif[274] = orientation or 1
    data = encoded(sample(number, (width, height)), "JPEG", exif=exif, **KINDS[name][1])
    whole = decode(data)
    try:
        decoded = decode(data[: int(len(data) * cut**0.2)])
    except UnreadableImage:
        return
    assert decoded.image.size == whole.image.size
    assert wrong(decoded, whole) <= 1 - LEAST + 0.03


@pytest.mark.parametrize("name", [name for name in KINDS if "jpeg" in name])
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_jpeg_without_its_end_mark_is_whole(name: str, number: int, lost: int) -> None:
    data = encoded(sample(number), "JPEG", **KINDS[name][1])
    decoded = decode(data[:-lost])
    assert wrong(decoded, decode(data)) <= (0 if lost < 3 else 0.01)
    assert any("stops early" in note for note in decoded.notes)


@pytest.mark.parametrize(("kind", "lost"), [("PNG", 12), ("PNG", 16), ("GIF", 1), ("WEBP", 1)])
def test_other_formats_without_their_ends_are_whole(kind: str, lost: int) -> None:
    data = encoded(sample(1), kind)
    assert wrong(decode(data[:-lost]), decode(data)) == 0


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.85])
@pytest.mark.parametrize("name", KINDS)
def test_what_lacks_more_than_a_tenth_is_refused(name: str, share: float) -> None:
    kind, options = KINDS[name]
    noise = Image.effect_noise((256, 256), 90).convert("RGB")  # alike everywhere, so rows are bytes
    data = encoded(noise, kind, **options)
    with pytest.raises(UnreadableImage):
        decode(data[: int(len(data) * share)])


def test_a_grey_picture_is_not_taken_for_what_a_decoder_fills_in() -> None:
    data = encoded(Image.new("RGB", (300, 200), (128, 128, 128)), "JPEG")
    assert decode(data[:-2]).image.getpixel((5, 5)) == (128, 128, 128)


def test_a_camera_jpeg_and_cmyk_without_their_ends() -> None:
    two = encoded(photo(1, (200, 160)), "MPO", save_all=True, append_images=[photo(2, (200, 160))])
    assert decode(two[:-2]).format == "JPEG"
    for image in (sample(2).convert("CMYK"), sample(2).convert("L")):
        data = encoded(image, "JPEG")
        assert wrong(decode(data[:-2]), decode(data)) == 0
        with pytest.raises(UnreadableImage):
            decode(data[: len(data) // 2])


def test_drafts_are_used_in_the_same_way() -> None:
    buffer = io.BytesIO()
    sample(4, (1600, 1200)).save(buffer, "JPEG")
    data = buffer.getvalue()
    assert decode(data[:-2], draft_px=224).image.size == (400, 300)
    with pytest.raises(UnreadableImage):
        decode(data[: len(data) // 2], draft_px=224)


def test_transparent_gifs_that_stop_early() -> None:
    picture = sample(5).quantize(64)
    data = encoded(picture, "GIF", transparency=5)
    whole = decode(data)
    for lost in (1, 5, 40, len(data) // 3):
        try:
            assert wrong(decode(data[:-lost]), whole) == 0
        except UnreadableImage:
            assert lost > 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_have_continuations_or_none(data: bytes) -> None:
    for beginning in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc2\x00\x11\x08", b"RIFF\x20\0\0\0WEBP"):
        assert len(continuations(beginning + data)) in (0, 3)
