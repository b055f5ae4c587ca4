import io
import os
import pickle
import random
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile
import numpy as np
import pytest
from hostile import encoded, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from core.images import decode as decode_module
from core.images.decode import PIXEL_LIMIT, UnreadableImage, decode, read_image_file

# pytest replaces the filters that the module sets; a test below checks them in a fresh process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin"),
    pytest.mark.filterwarnings("ignore::UserWarning:PIL.PngImagePlugin"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def reason_of(data: bytes, name: str = "x.jpg") -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode(data, name)
    return caught.value.reason


@pytest.mark.parametrize("path", hostile.hostile_files())
def test_hostile_files_decode_or_say_why(path: str) -> None:
    data, outcome = hostile.hostile_files()[path]
    if outcome == hostile.OK:
        decoded = decode(data, path)
        assert decoded.image.mode == "RGB"
        assert decoded.image.size == (decoded.width, decoded.height)
        assert decoded.image.info == {}
    else:
        assert outcome in reason_of(data, path)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_very_pixels(kind: str) -> None:
    decoded = decode(encoded(photo(1), kind))
    assert decoded.format == kind
    assert decoded.notes == ()
    assert np.array_equal(pixels(decoded.image), pixels(photo(1)))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "GIF"])
def test_lossy_formats_equal_pillow(kind: str) -> None:
    data = encoded(photo(1), kind)
    decoded = decode(data)
    assert decoded.format == kind
    expected = Image.open(io.BytesIO(data)).convert("RGB")
    assert np.array_equal(pixels(decoded.image), pixels(expected))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(photo(2), kind, exif=exif)
    decoded = decode(data)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert np.array_equal(pixels(decoded.image), pixels(upright))
    assert (decoded.width, decoded.height) == ((64, 96) if orientation > 4 else (96, 64))
    assert decoded.image.getexif().get(0x0112) is None


def test_damaged_exif_is_noted_and_the_picture_kept() -> None:
    plain = encoded(photo(1), "JPEG")
    body = b"Exif\0\0" + b"II*\0" + struct.pack("<I", 0x7FFFFFFF) + b"\xff" * 20
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
    decoded = decode(data)
    assert np.array_equal(pixels(decoded.image), pixels(decode(plain).image))


def test_alpha_is_laid_on_white() -> None:
    decoded = decode(hostile.transparent_png(), "x.png")
    assert (pixels(decoded.image)[:, :48] == 255).all()
    assert np.array_equal(pixels(decoded.image)[:, 48:], pixels(photo(8))[:, 48:])
    half = Image.new("LA", (2, 2), (0, 128))
    assert (pixels(decode(encoded(half, "PNG")).image) == 127).all()


def test_transparent_palette_entry_and_colour_become_white() -> None:
    data = hostile.palette_png()
    stored = Image.open(io.BytesIO(data))
    clear = np.asarray(stored) == 0
    assert clear.any()
    decoded = pixels(decode(data).image)
    assert (decoded[clear] == 255).all()
    assert np.array_equal(decoded[~clear], pixels(stored.convert("RGB"))[~clear])
    two = Image.new("RGB", (2, 1), (10, 20, 30))
    two.putpixel((1, 0), (40, 50, 60))
    keyed = decode(encoded(two, "PNG", transparency=(10, 20, 30)))
    assert pixels(keyed.image).tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    expected = np.rint(ramp / 257)
    for data in (hostile.grey16_png(ramp), encoded(Image.fromarray(ramp), "TIFF")):
        decoded = pixels(decode(data).image)
        assert np.array_equal(decoded, np.repeat(expected[..., None], 3, axis=2))


def test_sixteen_bit_rgb_and_its_transparent_colour() -> None:
    values = np.array([[[65535, 0, 32896], [4660, 22136, 257]]], np.uint16)
    decoded = pixels(decode(hostile.rgb16_png(values)).image)
    assert np.abs(decoded - values / 257).max() < 1
    rows = b"\0" + values.astype(">u2").tobytes()
    key = struct.pack(">HHH", 65535, 0, 32896)
    keyed = decode(hostile.png(2, 1, 16, 2, rows, (b"tRNS", key)))
    assert pixels(keyed.image)[0].tolist()[0] == [255, 255, 255]
    assert pixels(keyed.image)[0].tolist()[1] == decoded[0, 1].tolist()


def test_sixteen_bit_grey_with_a_transparent_value() -> None:
    rows = b"\0" + np.array([1000, 100], ">u2").tobytes()
    keyed = decode(hostile.png(2, 1, 16, 0, rows, (b"tRNS", struct.pack(">H", 1000))))
    assert pixels(keyed.image)[0, :, 0].tolist() == [255, 25]  # of 10 bits


@pytest.mark.parametrize(
    ("values", "expected", "noted"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255], False),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255], False),
        (np.array([[-1.0, 0.0, 3.0]], np.float32), [0, 64, 255], True),
        (np.array([[np.nan, 1.0, np.inf]], np.float32), [0, 255, 0], False),
        (np.array([[np.nan, np.nan, np.inf]], np.float32), [0, 0, 0], False),
        (np.array([[7.0, 7.0, -7.0]], np.float32) - 1e6, [255, 255, 0], True),
        (np.array([[0, 100, 255]], np.int32), [0, 100, 255], False),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255], False),
        (np.array([[-5, 0, 5]], np.int32), [0, 128, 255], True),
        (np.array([[0, 1, 2_000_000_000]], np.int32), [0, 0, 255], True),
    ],
)
def test_wide_tiffs_are_scaled_by_their_range(
    values: np.ndarray, expected: list[int], noted: bool
) -> None:
    decoded = decode(encoded(Image.fromarray(values), "TIFF"), "x.tif")
    assert pixels(decoded.image)[0, :, 0].tolist() == expected
    assert any("stretched" in note for note in decoded.notes) == noted


def test_cmyk_is_neither_inverted_nor_dark() -> None:
    for image in (photo(4), Image.new("RGB", (8, 8), "white"), Image.new("RGB", (8, 8), "black")):
        for data in (
            encoded(image.convert("CMYK"), "JPEG", quality=95),  # Adobe's inverted values
            encoded(image.convert("CMYK"), "TIFF"),
        ):
            assert Image.open(io.BytesIO(data)).mode == "CMYK"
            assert np.abs(pixels(decode(data).image) - pixels(image)).mean() < 2


def test_lab_bilevel_and_ycbcr() -> None:
    lab = ImageCms.profileToProfile(
        photo(5),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert np.abs(pixels(decode(encoded(lab, "TIFF")).image) - pixels(photo(5))).mean() < 3
    ycbcr = decode(encoded(photo(5).convert("YCbCr"), "TIFF")).image
    assert np.abs(pixels(ycbcr) - pixels(photo(5))).mean() < 3
    bits = photo(5).convert("1")
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(
            pixels(decode(encoded(bits, kind)).image), pixels(bits.convert("RGB"))
        )


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_first_frame_of_several_with_a_note(kind: str) -> None:
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    decoded = decode(data)
    assert np.abs(pixels(decoded.image) - [255, 0, 0]).max() < 6
    assert decoded.notes == ("the first of several pictures in the file is used",)


def test_camera_jpeg_with_a_second_view_is_a_plain_jpeg() -> None:
    data = encoded(photo(1), "MPO", save_all=True, append_images=[photo(2)])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    decoded = decode(data, "x.jpg")
    assert (decoded.format, decoded.notes) == ("JPEG", ())


def test_misnamed_file_is_decoded_with_a_note() -> None:
    data = encoded(photo(1), "PNG")
    assert decode(data, "a/x.JPG").notes == ("it is a PNG although its name ends in .jpg",)
    assert decode(data, "x.png").notes == decode(data, "").notes == ()


def test_colour_profile_is_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, tagged = (encoded(photo(1), "PNG", **o) for o in ({}, {"icc_profile": profile}))
    assert np.array_equal(pixels(decode(plain).image), pixels(decode(tagged).image))


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 \xff\xfe", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
        (bytes(range(128, 256)) * 3, "known image format"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG data"),
        ("zażółć gęślą jaźń ".encode() * 200, "text"),
    ],
)
def test_other_kinds_of_file_are_named(data: bytes, part: str) -> None:
    assert part in reason_of(data)


def test_formats_that_could_start_programs_are_never_opened() -> None:
    eps = encoded(photo(1), "EPS")
    assert "PostScript" in reason_of(eps, "x.jpg")
    assert "known image format" in reason_of(encoded(photo(1), "TGA"), "x.jpg")


def test_pixel_limit_is_checked_in_the_header_and_named() -> None:
    side = int(PIXEL_LIMIT**0.5)
    rows = b"\0" * 100
    for width, height in ((side + 1, side + 1), (40_000, 40_000), (2**31 - 1, 2**31 - 1)):
        assert "200 megapixels" in reason_of(hostile.png(width, height, 8, 2, rows))
    gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0)
    gif += b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x00;"
    assert "limit of 200 megapixels" in reason_of(gif)


def test_pillows_lower_limit_does_not_apply() -> None:
    """Above Pillow's own 179 megapixels the reason is the missing data, not the size."""
    reason = reason_of(hostile.png(19_990, 10_000, 8, 0, b"\0" * 100))
    assert "PNG data" in reason
    assert "pixels" not in reason


def test_lack_of_memory_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decode_module, "to_rgb", fail)
    assert "memory" in reason_of(encoded(photo(1), "JPEG"))


def test_draft_is_smaller_only_when_asked_and_large_enough() -> None:
    data = encoded(photo(1, (800, 600)), "JPEG", quality=95)
    exact = decode(data)
    assert exact.image.size == (800, 600)
    draft = decode(data, draft_px=140)
    assert draft.image.size == (200, 150)
    assert (draft.width, draft.height) == (800, 600)
    small = exact.image.resize((200, 150), Image.Resampling.BOX)
    assert np.abs(pixels(draft.image) - pixels(small)).mean() < 3
    assert decode(data, draft_px=599).image.size == (800, 600)
    turned = decode(hostile.rotated_jpeg(), draft_px=16)
    assert (turned.width, turned.height) == (64, 96)
    assert turned.image.size == (16, 24)


@given(width=st.integers(1, 900), height=st.integers(1, 900), draft_px=st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_draft_keeps_the_shorter_side(width: int, height: int, draft_px: int) -> None:
    image = decode(encoded(Image.new("L", (width, height), 90), "JPEG"), draft_px=draft_px).image
    assert min(image.size) >= min(draft_px, width, height)


@given(st.binary(max_size=2000), st.sampled_from(["", "x.jpg", "ü\udcff.png", "\0"]))
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_a_picture_or_a_reason(data: bytes, name: str) -> None:
    try:
        decode(data, name)
    except UnreadableImage as error:
        assert error.reason
        assert "\n" not in str(error)
        str(error).encode("utf-8")


def corpus() -> list[bytes]:
    small = photo(1, (40, 30))
    frames = [photo(i, (20, 20)) for i in range(3)]
    plain = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]
    several = ["GIF", "PNG", "WEBP", "TIFF", "AVIF"]
    compressed = ["tiff_lzw", "jpeg", "tiff_deflate", "packbits"]
    return [
        *(encoded(small, kind) for kind in plain),
        *(encoded(small, "TIFF", compression=name) for name in compressed),
        *(encoded(frames[0], k, save_all=True, append_images=frames[1:]) for k in several),
        encoded(small, "JPEG", progressive=True),
        encoded(small.convert("CMYK"), "JPEG"),
        hostile.rotated_jpeg(),
        hostile.palette_png(),
        hostile.transparent_png(),
        hostile.grey16_png(np.arange(600, dtype=np.uint16).reshape(20, 30) * 100),
    ]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed (most often near the header), cut out, put in, or the end cut off."""
    changed = bytearray(data)
    at = rng.randrange(len(changed))
    match rng.randrange(6):
        case 0:
            return bytes(changed[:at])
        case 1:
            del changed[at : at + rng.randrange(1, 50)]
        case 2:
            changed[at:at] = rng.randbytes(rng.randrange(1, 40))
        case _:
            for _ in range(rng.choice([1, 2, 5, 20])):
                reach = min(len(changed), rng.choice([64, 512, len(changed)]))
                changed[rng.randrange(reach)] = rng.choice([0, 255, rng.randrange(256)])
    return bytes(changed)


def test_two_thousand_mutated_files_give_a_picture_or_a_reason() -> None:
    rng, files, refused = random.Random(5), corpus(), 0
    for _ in range(2000):
        data = mutated(rng.choice(files), rng)
        try:
            decoded = decode(data, "x.jpg", draft_px=rng.choice([None, 8]))
        except UnreadableImage as error:
            refused += 1
            assert 8 < len(error.reason) < 120
        else:
            assert decoded.image.mode == "RGB"
    assert 500 < refused < 1900


def test_pillow_stays_silent_on_the_terminal(tmp_path: Path) -> None:
    """In a fresh process, where no test framework catches warnings."""
    rng = random.Random(6)
    files = [encoded(photo(1), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP")]
    files += [hostile.rotated_jpeg(), hostile.palette_png(), hostile.huge_png()]
    noisy = hostile.png(15_000, 15_000, 8, 2, b"\0" * 10)  # Pillow warns, we refuse
    for i, data in enumerate([noisy, *(mutated(rng.choice(files), rng) for _ in range(200))]):
        (tmp_path / str(i)).write_bytes(data)
    script = (
        "import sys, pathlib\n"
        "from core.images.decode import decode, UnreadableImage\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    try: decode(path.read_bytes())\n"
        "    except UnreadableImage: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(decode_module.__file__).parents[2])},
    )
    assert done.stderr == done.stdout == ""


def test_threads_get_what_one_thread_gets() -> None:
    files = corpus() * 4
    alone = [decode(data).image.tobytes() for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: decode(data).image.tobytes(), files))
    assert together == alone


def test_error_is_one_sentence_with_a_safe_name_and_survives_a_process_border() -> None:
    error = UnreadableImage("the file is empty", "a\n\x1b[2J.jpg")
    assert str(error) == (
        r'The image "a\n\x1b[2J.jpg" cannot be used: the file is empty; '
        "replace the file or leave it out."
    )
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes of a line above
    assert (copy.reason, str(copy)) == (error.reason, str(error))


def test_reading_a_file_gives_reasons(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="no longer there"):
        read_image_file(tmp_path / "gone.jpg")
    with pytest.raises(UnreadableImage, match="it is a folder"):
        read_image_file(tmp_path)
    sparse = tmp_path / "huge.jpg"
    with sparse.open("wb") as stream:
        stream.truncate(decode_module.FILE_LIMIT + 1)
    with pytest.raises(UnreadableImage, match="2,000,000,000 bytes"):
        read_image_file(sparse)
