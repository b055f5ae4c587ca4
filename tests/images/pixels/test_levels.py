"""Pictures of more than eight bits are seen, whatever part of the range their values use."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hostile import encoded, grey16_png, png, rgb16_png
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decode import Decoded, decode
from core.images.pixels.levels import depth_of, levels_of

RAMP = np.linspace(0, 1, 64 * 48).reshape(48, 64)


def tiff(
    values: np.ndarray,
    order: str = "<",
    photometric: int = 1,
    raw: bytes | None = None,
    bits: int = 0,
    deflated: bool = False,
) -> bytes:
    """A TIFF put together by hand of an array (H, W) or (H, W, 3), in its own type."""
    data = values.astype(values.dtype.newbyteorder(order)).tobytes() if raw is None else raw
    data = zlib.compress(data) if deflated else data
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    height, width, samples = (*values.shape, 1)[:3]
    bits = bits or 8 * values.dtype.itemsize
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, samples, bits),
        (259, 3, 1, 8 if deflated else 1),
        (262, 3, 1, 2 if samples == 3 else photometric), (273, 4, 1, 400), (277, 3, 1, samples),
        (278, 4, 1, height), (279, 4, 1, len(data)), (339, 3, samples, kind),
    ]  # fmt: skip
    body, extra = b"", b""
    for tag, form, count, value in tags:
        if form == 3 and count == 3:
            place = struct.pack(order + "I", 200 + len(extra))
            extra += struct.pack(order + "HHH", value, value, value)
        else:
            place = struct.pack(
                order + ("HH" if form == 3 else "I"), *((value, 0) if form == 3 else (value,))
            )
        body += struct.pack(order + "HHI", tag, form, count) + place
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    return (head + body + bytes(4)).ljust(200, b"\0") + extra.ljust(200, b"\0") + data


def ramp(decoded: Decoded) -> np.ndarray:
    return np.asarray(decoded.image)[..., 0].astype(int)


def close(decoded: Decoded, expected: np.ndarray = RAMP * 255, least: float = 1.01) -> bool:
    return bool(np.abs(ramp(decoded) - expected).max() <= least)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("form", ["png", "tiff <", "tiff >"])
def test_the_bits_that_are_used_are_seen(bits: int, form: str) -> None:
    values = np.rint(RAMP * ((1 << bits) - 1)).astype(np.uint16)
    data = grey16_png(values) if form == "png" else tiff(values, form[-1])
    decoded = decode(data)
    assert close(decoded)
    noted = [note for note in decoded.notes if f"read as {bits} bits" in note]
    assert len(noted) == (bits < 16)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("form", ["png", "tiff <", "tiff >", "tiff < deflated"])
def test_colours_too(bits: int, form: str) -> None:
    top = (1 << bits) - 1
    values = np.rint(np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], axis=2) * top).astype(np.uint16)
    if form == "png":
        decoded = decode(rgb16_png(values))
    else:
        decoded = decode(tiff(values, form[5], deflated="deflated" in form))
    assert np.abs(np.asarray(decoded.image).astype(float) - values * (255 / top)).max() <= 1.01
    assert len(decoded.notes) == (bits < 16)


def test_colours_with_transparency_of_sixteen_bits() -> None:
    values = np.rint(np.stack([RAMP, RAMP, RAMP, np.ones_like(RAMP)], axis=2) * 4095)
    for alpha in (4095, 65535):
        values[..., 3] = alpha
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        decoded = decode(png(64, 48, 16, 6, rows))
        assert close(decoded)
    key = np.array([4095, 0, 7], np.uint16)
    colours = np.full((4, 4, 3), 2000, np.uint16)
    colours[0] = key
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colours)
    decoded = decode(png(4, 4, 16, 2, rows, (b"tRNS", key.astype(">u2").tobytes())))
    assert np.asarray(decoded.image)[0].tolist() == [[255, 255, 255]] * 4
    assert ramp(decoded)[2, 2] == 125


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("photometric", [0, 1])
def test_every_kind_of_number_in_both_orders_and_inverted(
    order: str, kind: str, photometric: int
) -> None:
    top = {"u1": 255, "u2": 65535, "i2": 32767, "u4": 65535, "i4": 4095, "f4": 1, "f8": 1}[kind]
    values = (RAMP * top).astype(kind)
    decoded = decode(tiff(values, order, photometric))
    expected = values.astype(float) * (255 / top)
    if kind == "i2":
        expected = values.astype(float) * (255 / 65535)
    assert close(decoded, 255 - expected if photometric == 0 else expected)


@pytest.mark.parametrize(
    ("low", "high", "noted"),
    [
        (0, 1, False), (0, 255, False), (0, 0.01, True), (0, 3.5, True), (0, 4095, True),
        (0, 65535, True), (-1, 1, True), (-1000, 3000, True), (3e-9, 4e-9, True), (5, 6, True),
        (1e20, 2e20, True),
    ],
)  # fmt: skip
def test_floats_of_any_unit(low: float, high: float, noted: bool) -> None:
    decoded = decode(tiff((low + RAMP * (high - low)).astype(np.float32)))
    assert bool(decoded.notes) == noted
    assert np.ptp(ramp(decoded)) >= 250


@pytest.mark.parametrize("kind", ["u2", "i4", "f4"])
def test_hot_and_dead_pixels_do_not_hide_the_picture(kind: str) -> None:
    values = (RAMP * 3000 + 100).astype(kind)
    hot = np.iinfo(kind).max if kind != "f4" else 1e30
    values[7, 9] = hot
    decoded = decode(tiff(values))
    assert np.ptp(np.sort(ramp(decoded).ravel())[5:-5]) > 150
    assert decoded.notes
    values = (RAMP * 0.5 + 0.2).astype(np.float32)
    values[3, 3] = -9999  # "no data"
    assert np.ptp(np.sort(ramp(decode(tiff(values))).ravel())[5:-5]) > 200


def test_values_in_a_narrow_band_are_stretched() -> None:
    values = (31_744 + RAMP * 2000).astype(np.uint16)  # signed values with 32768 added
    decoded = decode(tiff(values))
    assert np.ptp(ramp(decoded)) > 240
    assert "stretched" in decoded.notes[0]
    even = np.full((20, 30), 30_000, np.uint16)
    even[::2] += 90  # a blank picture with some noise stays one
    assert np.ptp(ramp(decode(tiff(even)))) <= 1


def test_masks_of_a_few_numbers_are_seen() -> None:
    for kind in ("u2", "u4"):
        values = (np.arange(48 * 64).reshape(48, 64) % 4).astype(kind)
        assert sorted(set(ramp(decode(tiff(values))).ravel())) == [0, 85, 170, 255]


def test_twelve_bits_that_are_packed() -> None:
    values = np.rint(RAMP * 4095).astype(np.uint16).ravel()
    first, second = values[::2], values[1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1)
    data = tiff(values.reshape(48, 64), raw=packed.astype(np.uint8).tobytes(), bits=12)
    assert close(decode(data), least=2)


@pytest.mark.parametrize("value", [0, 1, 65535])
def test_pictures_of_one_value(value: int) -> None:
    decoded = decode(grey16_png(np.full((9, 9), value, np.uint16)))
    assert np.ptp(ramp(decoded)) == 0


def test_no_finite_number_at_all() -> None:
    decoded = decode(tiff(np.full((9, 9), np.nan, np.float32)))
    assert (ramp(decoded) == 0).all()


@settings(max_examples=150, deadline=None)
@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e6),
    st.sampled_from(["u2", "i4", "f4"]),
    st.booleans(),
)
def test_a_ramp_is_seen_or_remarked_on(low: float, span: float, kind: str, inverted: bool) -> None:
    if kind == "u2":
        low = abs(low) % 60_000
        span = min(span, 65_535 - low)
    values = (low + RAMP * span).astype(kind)
    image = Image.fromarray(values)
    levels = levels_of(image, inverted)
    grey = np.asarray(levels.to_grey(image)).astype(int)
    assert 0 <= grey.min() <= grey.max() <= 255
    assert levels.note or grey.max() >= 15 or values.max() == 0 or inverted
    order = values.ravel()[1:] >= values.ravel()[:-1]
    steps = np.diff(grey.ravel())[order]
    assert (steps <= 0).all() if inverted else (steps >= 0).all()


@given(st.integers(0, 70_000))
def test_the_depth_holds_the_value(high: int) -> None:
    assert high < 1 << depth_of(high) or high > 65535


def test_eight_bit_pictures_are_as_they_were() -> None:
    dark = Image.fromarray((RAMP * 9).astype(np.uint8))
    for kind in ("PNG", "TIFF", "BMP"):
        decoded = decode(encoded(dark, kind))
        assert np.array_equal(ramp(decoded), np.asarray(dark))
        assert decoded.notes == ()
