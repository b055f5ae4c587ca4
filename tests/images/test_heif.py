"""HEIC pictures: found, turned upright, embedded and shown where pillow-heif is installed."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder
from PIL import ExifTags, Image

from core.embedding.run import embed
from core.images import heif
from core.images.decode import UnreadableImage, decode
from core.images.scan import scan
from core.images.thumbnails import thumbnail
from core.images.unreadable import why_no_image
from core.project.project import Project

needs_heif = pytest.mark.skipif(not heif.READABLE, reason="pillow-heif is not installed")


def corners() -> Image.Image:
    """Red top left, blue top right, green below left."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[:60, :100], pixels[:60, 100:], pixels[60:, :100] = (250, 0, 0), (0, 0, 250), (0, 250, 0)
    return Image.fromarray(pixels)


def encoded(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "HEIF", quality=95, **options)
    return buffer.getvalue()


def close(image: Image.Image, x: int, y: int, colour: tuple[int, int, int]) -> bool:
    result = np.asarray(image)[y, x].astype(int)
    return bool(np.abs(result - np.array(colour)).max() < 20)


@needs_heif
def test_a_heic_is_decoded_upright_and_on_white() -> None:
    plain = decode(encoded(corners()), "a.heic")
    assert (plain.width, plain.height, plain.format, plain.notes) == (200, 120, "HEIF", ())
    assert plain.image.mode == "RGB"
    assert close(plain.image, 10, 10, (250, 0, 0)) and close(plain.image, 190, 10, (0, 0, 250))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = decode(encoded(corners(), exif=exif.tobytes()), "a.heic")
    assert (turned.width, turned.height) == turned.image.size == (120, 200)
    assert close(turned.image, 10, 10, (0, 250, 0)) and close(turned.image, 110, 10, (250, 0, 0))
    clear = corners().convert("RGBA")
    clear.putalpha(0)
    assert close(decode(encoded(clear), "a.heic").image, 10, 10, (255, 255, 255))
    assert "it is a HEIF" in decode(encoded(corners()), "a.jpg").notes[0]


@needs_heif
def test_a_damaged_heic_says_so_and_asks_for_no_package() -> None:
    whole = encoded(corners())
    damaged = [whole[:cut] for cut in (40, 200, len(whole) // 2, len(whole) - 10)]
    for seed in range(8):
        broken = bytearray(whole)
        for place in np.random.default_rng(seed).integers(12, len(whole), 20):
            broken[place] ^= 255
        damaged.append(bytes(broken))
    for data in damaged:
        try:
            decode(data, "a.heic")
        except UnreadableImage as error:
            assert "HEIC data is damaged" in error.reason
            assert "pillow-heif" not in error.reason
    size = whole.find(b"ispe") + 8
    huge = whole[:size] + (60_000).to_bytes(4, "big") * 2 + whole[size + 8 :]
    with pytest.raises(UnreadableImage, match="more than the limit"):
        decode(huge, "a.heic")


@needs_heif
def test_a_folder_of_heic_is_found_embedded_and_shown(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, colour in (("red.heic", "red"), ("BLUE.HEIF", "blue")):
        (folder / name).write_bytes(encoded(Image.new("RGB", (64, 48), colour)))
    assert [file.path for file in scan(folder).files] == ["BLUE.HEIF", "red.heic"]
    encoder = ColourEncoder()
    project = Project.open(folder, tmp_path / "ws").use(encoder)
    assert embed(project.workspace, encoder).images == 2  # by reading threads
    pool = project.pool()
    message = pool.vectors @ encoder.encode_texts(["red", "blue"]).T
    assert {path: int(row.argmax()) for path, row in zip(pool.paths, message, strict=True)} == {
        "BLUE.HEIF": 1,
        "red.heic": 0,
    }
    made = thumbnail(folder / "red.heic", tmp_path / "thumbs", pool.ids[1])
    with Image.open(made) as small:
        assert close(small.convert("RGB"), 5, 5, (255, 0, 0))


@needs_heif
def test_a_fresh_process_that_only_decodes_reads_heic(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(encoded(corners()))
    code = "import sys; from core.images.decode import decode, read_image_file as read; "
    code += "from pathlib import Path; print(decode(read(Path(sys.argv[1]))).format)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "HEIF"


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "READABLE", False)
    assert "pillow-heif" in why_no_image(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "pip install pillow-heif" in heif.INSTALL
