"""An archive is what its content says; one that is not read is called by its name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from images.unpacking.archive_builders import JPEG, entry, opened, raw_zip

from core.images.archives import is_archive, unpack
from core.images.unpacking.kinds import looks_like_archive
from core.runtime.errors import WinnowError

OTHERS = [
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07\x00", "RAR"), (b"Rar!\x1a\x07\x01\0", "RAR"),
    (b"\x1f\x9d\x90", "compress"), (b"MSCF", "Cabinet"), (b"\x04\x22\x4d\x18", "LZ4"),
    (b"LZIP\x01", "lzip"), (b"070701", "cpio"), (b"!<arch>\n", "ar archive"), (b"xar!", "XAR"),
]  # fmt: skip


@pytest.mark.parametrize(("mark", "title"), OTHERS)
@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.7z"])
def test_kinds_that_are_not_read_are_named_with_the_way_out(
    tmp_path: Path, mark: bytes, title: str, name: str
) -> None:
    archive = tmp_path / name
    archive.write_bytes(mark + bytes(2_000))
    assert is_archive(archive)
    with pytest.raises(WinnowError, match=f"{title}.*not read: unpack it by hand"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["x.tar", "x.tgz", "x.tar.xz", "x", "x.jpg", "x.cbz", "x.docx"])
def test_a_zip_by_any_name_is_a_zip(tmp_path: Path, name: str) -> None:
    archive = raw_zip(tmp_path / name, entry(b"a.jpg"))
    assert is_archive(archive)
    assert opened(archive)[1] == {"a.jpg": JPEG}


@pytest.mark.parametrize("content", [b"", b"x", b"text " * 500, JPEG, bytes(10_000)])
def test_what_is_none_is_said(tmp_path: Path, content: bytes) -> None:
    assert not looks_like_archive(io.BytesIO(content))
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(WinnowError, match="damaged or not complete"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_zstandard_is_read_or_said_to_need_a_newer_python(tmp_path: Path) -> None:
    (tmp_path / "x.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(50))
    assert is_archive(tmp_path / "x.tar.zst")
    with pytest.raises(WinnowError, match=r"Zstandard|damaged"):
        unpack(tmp_path / "x.tar.zst", tmp_path / "out")
