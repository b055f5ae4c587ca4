"""What is no picture, or lies where nobody may look, is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime import roots
from core.runtime.errors import WinnowError
from core.services.try_one import picture


def test_what_is_no_picture(described, tmp_path: Path) -> None:
    snapshot = described()
    (tmp_path / "a.jpg").write_bytes(b"<html>")
    for path, why in (
        (tmp_path / "gone.jpg", "There is no picture"),
        (tmp_path, "There is no picture"),
        (tmp_path / "a.jpg", "a.jpg"),
    ):
        with pytest.raises(WinnowError, match=why):
            picture.at(snapshot, path)
    with pytest.raises(WinnowError):
        picture.of_bytes(snapshot, b"", "\x1b[2Jx.png")


def test_only_folders_that_may_be_used(described, red, tmp_path: Path) -> None:
    snapshot = described()
    link = snapshot.workspace.images.parent / "link.jpg"
    link.symlink_to(red)
    roots.limit_to([snapshot.workspace.images.parent])
    try:
        for path in (red, link):
            with pytest.raises(WinnowError, match="outside the folders"):
                picture.at(snapshot, path)
        with pytest.raises(WinnowError, match="outside the folders"):
            picture.at(snapshot, tmp_path / "gone.jpg")  # whether it is there is not told
        assert picture.at(snapshot, Path("p0004.jpg")).row == 4
    finally:
        roots.lift()
        link.unlink()
