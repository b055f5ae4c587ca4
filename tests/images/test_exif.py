"""What cameras write into pictures, and what is no date, no place or no EXIF data at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from cameras import BERN, picture

from core.images.exif import Exif, exif_of


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_time_camera_and_place(tmp_path: Path, suffix: str) -> None:
    path = picture(
        tmp_path / f"p.{suffix}", Make="ACME ", Model="ACME Roadrunner\0", gps=BERN,
        DateTime="2024:05:02 10:00:00", original="2024:05:01 08:30:00",
    )  # fmt: skip
    exif = exif_of(path)
    if suffix == "png" and exif == Exif():
        pytest.skip("this Pillow writes EXIF data behind the pixels")
    assert exif == Exif("2024-05-01 08:30:00", "ACME Roadrunner", "46.951000", "-7.433333")


def test_what_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    assert exif_of(picture(tmp_path / "a.jpg", DateTime="0000:00:00 00:00:00")) == Exif()
    assert exif_of(picture(tmp_path / "b.jpg", DateTime="yesterday", Make="X")).camera == "X"
    far = BERN | {2: (460.0, 0.0, 0.0)}
    assert exif_of(picture(tmp_path / "c.jpg", gps=far)) == Exif()
    assert exif_of(picture(tmp_path / "d.jpg", gps={1: "N", 2: (1.0, 2.0, 3.0)})) == Exif()


def test_no_picture_has_none(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    assert exif_of(tmp_path / "x.jpg") == Exif()
    with pytest.raises(OSError):
        exif_of(tmp_path / "gone.jpg")
