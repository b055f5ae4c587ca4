"""Files whose names do not tell what they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hostile import encoded, photo
from hypothesis import given
from hypothesis import strategies as st

from core.images.folders.kinds import holds_image, is_image, reason_by_name
from core.images.folders.left_out import DOWNLOAD, OTHER, UNREAD
from core.images.scan import IMAGE_SUFFIXES, scan

ODD = [
    "noext", "a.jpg?width=600", "b.jpg!large", "c.jpg_original", "d.jpg.1", "e.jpeg@2x", "f.jpg~",
    "g.jpg.bak", "h.JPG;v=2", "i.jpg&s=1", "j.", "k.2024", "l.image", "m.jpg%3Fw=1", "n.png_large",
    "0123456789abcdef0123456789abcdef", "photo (1)", "o.jpg:large", "p.webp-thumb", "x.old",
    "y.orig",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_every_format_is_recognised_by_its_beginning(kind: str, tmp_path: Path) -> None:
    data = encoded(photo(1), kind)
    assert is_image(data[:32])
    (tmp_path / "x").write_bytes(data)
    assert holds_image(tmp_path / "x")


def test_pictures_with_odd_names_are_found(tmp_path: Path) -> None:
    data = encoded(photo(1), "JPEG")
    for name in ODD:
        (tmp_path / name).write_bytes(data)
    (tmp_path / "text").write_bytes(b"words")
    (tmp_path / "BMW").write_bytes(b"BMW is a car and no bitmap, whatever the letters say")
    (tmp_path / "nothing").write_bytes(b"")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == sorted(ODD)
    assert seen.left_out.examples == [("BMW", OTHER), ("nothing", OTHER), ("text", OTHER)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.txt", OTHER), ("a.mp4", OTHER), ("a.xmp", OTHER), ("a.CR2", UNREAD), ("a.dng", UNREAD),
        ("a.psd", UNREAD), ("a.svg", UNREAD), ("a.jxl", UNREAD), ("a.jpg.part", DOWNLOAD),
        ("a.jpg.crdownload", DOWNLOAD), ("a.tmp", DOWNLOAD),
    ],
)  # fmt: skip
def test_known_names_are_not_looked_into(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_bytes(encoded(photo(1), "TIFF"))  # as raw files begin
    seen = scan(tmp_path)
    assert (seen.files, seen.left_out.examples) == ([], [(name, reason)])
    assert seen.ignored == 1


def test_no_suffix_is_of_images_and_of_something_else() -> None:
    assert not [suffix for suffix in IMAGE_SUFFIXES if reason_by_name(suffix)]


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert not holds_image(tmp_path / "pipe")
    seen = scan(tmp_path)
    assert (seen.files, seen.ignored) == ([], 2)


def test_a_folder_of_ten_thousand_records_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.images.scan._LOOKS", 5)
    looked: list[Path] = []
    monkeypatch.setattr(
        "core.images.folders.kinds.holds_image", lambda path: bool(looked.append(path))
    )
    for number in range(20):
        (tmp_path / f"{number}.rec").write_bytes(b"x")
    assert scan(tmp_path).ignored == 20
    assert len(looked) == 5


@given(st.binary(max_size=40))
def test_any_beginning_is_an_image_or_not(head: bytes) -> None:
    assert is_image(head) in (True, False)
