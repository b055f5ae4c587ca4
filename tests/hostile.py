"""Writes a folder of everything that goes wrong with image files in real collections.

Used by the tests of scanning and decoding and by end-to-end tests of the command line.
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

OK = "ok"


def photo(seed: int = 0, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A smooth RGB picture that differs by seed and compresses like a photo."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file of that kind ("JPEG", "PNG", …)."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(
    width: int,
    height: int,
    bits: int,
    colour_type: int,
    rows: bytes,
    *chunks: tuple[bytes, bytes],
) -> bytes:
    """A PNG put together by hand, for kinds that Pillow reads but does not write.

    `rows` are the scan lines, each led by its filter byte; `chunks` go between header and data.
    """

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def grey16_png(values: np.ndarray) -> bytes:
    """A 16-bit grey PNG of an array (H, W) of uint16."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, 0, rows)


def rgb16_png(values: np.ndarray) -> bytes:
    """A 16-bit RGB PNG of an array (H, W, 3) of uint16."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, 2, rows)


def rotated_jpeg(orientation: int = 6, seed: int = 7) -> bytes:
    """A JPEG stored on its side, with the EXIF orientation that sets it upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(photo(seed), "JPEG", exif=exif, quality=90)


def animated_gif() -> bytes:
    """Three frames: red, green, blue."""
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "lime", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


def transparent_png(seed: int = 8) -> bytes:
    """A picture whose left half is transparent."""
    image = photo(seed).convert("RGBA")
    alpha = np.full((image.height, image.width), 255, np.uint8)
    alpha[:, : image.width // 2] = 0
    image.putalpha(Image.fromarray(alpha))
    return encoded(image, "PNG")


def palette_png(seed: int = 9) -> bytes:
    """A palette picture with one transparent entry."""
    return encoded(photo(seed).quantize(16), "PNG", transparency=0)


def huge_png() -> bytes:
    """A few bytes that claim 1.6 gigapixels."""
    return png(40_000, 40_000, 8, 2, b"\0" * 64)


def hostile_files() -> dict[str, tuple[bytes, str]]:
    """Relative path → (content, "ok" or a part of the reason why it is rejected)."""
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    whole = encoded(photo(1), "JPEG", quality=95)
    twin = encoded(photo(2), "JPEG")
    return {
        "empty.jpg": (b"", "the file is empty"),
        "text.jpg": ("Not a picture, just words – naïve ones.\n".encode() * 9, "looks like text"),
        "page.png": (b"<!DOCTYPE html><html><body>404</body></html>", "looks like a web page"),
        "zeros.jpg": (b"\0" * 5000, "only zero bytes"),
        "truncated.jpg": (whole[: len(whole) // 2], "truncated"),
        "truncated.png": (encoded(photo(3), "PNG")[:-900], "truncated"),
        "bomb.png": (huge_png(), "200 megapixels"),
        "cmyk.jpg": (encoded(photo(4).convert("CMYK"), "JPEG"), OK),
        "grey16.png": (grey16_png(ramp), OK),
        "rgb16.png": (rgb16_png(np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=2)), OK),
        "animated.gif": (animated_gif(), OK),
        "rotated.jpg": (rotated_jpeg(), OK),
        "transparent.png": (transparent_png(), OK),
        "palette.png": (palette_png(), OK),
        "actually_png.jpg": (encoded(photo(10), "PNG"), OK),
        "one_pixel.png": (encoded(Image.new("RGB", (1, 1), "teal"), "PNG"), OK),
        "thin.bmp": (encoded(photo(11, (300, 1)), "BMP"), OK),
        "UPPER.JPEG": (encoded(photo(12), "JPEG"), OK),
        "name with  spaces .jpg": (encoded(photo(13), "JPEG"), OK),
        "it's \"quoted\" & 100% 'odd'.jpg": (encoded(photo(14), "JPEG"), OK),
        "grinning 😀 family 👩‍👩‍👧 Ünïcödé 猫.jpg": (encoded(photo(15), "JPEG"), OK),
        "<script>alert(1)<script>.jpg": (encoded(photo(16), "JPEG"), OK),
        "<img src=x onerror=alert(1)>.jpg": (encoded(photo(17), "JPEG"), OK),
        "comma,semicolon;tab\tline\nbreak.jpg": (encoded(photo(18), "JPEG"), OK),
        "=cmd()|'formula'!A1.jpg": (encoded(photo(19), "JPEG"), OK),
        "-rf.jpg": (encoded(photo(20), "JPEG"), OK),
        "n" * 196 + ".jpg": (encoded(photo(21), "JPEG"), OK),
        "twin.jpg": (twin, OK),
        "copy of twin.jpg": (twin, OK),
        "first folder/same name.jpg": (encoded(photo(22), "JPEG"), OK),
        "second folder/same name.jpg": (encoded(photo(23), "JPEG"), OK),
        "deep/er/and/deeper/leaf.webp": (encoded(photo(24), "WEBP"), OK),
    }


def write_hostile_folder(folder: Path) -> dict[str, str]:
    """Fills `folder` (made if missing) and says what should become of each file.

    Returns {relative path: "ok" or a part of the reason of its rejection}. Beside these it writes
    files that a scan must pass over: a hidden file and folder, Thumbs.db, notes.txt.
    """
    expected = {}
    for path, (content, outcome) in hostile_files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        expected[path] = outcome
    for path in (".hidden.jpg", ".cache/a.jpg", "__MACOSX/b.jpg", "Thumbs.db", "notes.txt"):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"passed over")
    return expected
