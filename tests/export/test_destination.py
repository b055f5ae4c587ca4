"""Where an export may go, and where not."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.export.destination import check_destination, size_text
from core.runtime.errors import WinnowError

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root"
)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "inner").mkdir(parents=True)
    return folder


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one megabyte."""
    place = tmp_path / "mounted"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine does not let the test mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_new_folder_an_empty_one_and_missing_parents_are_fine(images: Path) -> None:
    empty = images.parent / "empty"
    empty.mkdir()
    before = sorted(images.parent.rglob("*"))
    for out in (empty, images.parent / "new", images.parent / "a/b/c", images.parent / "images-2"):
        check_destination(images, out)
    assert sorted(images.parent.rglob("*")) == before


def test_out_and_images_must_be_apart(images: Path) -> None:
    with pytest.raises(WinnowError, match="image folder itself"):
        check_destination(images, images)
    with pytest.raises(WinnowError, match="lies inside the image folder"):
        check_destination(images, images / "inner" / "out")
    with pytest.raises(WinnowError, match="contains the image folder"):
        check_destination(images / "inner", images.parent)
    with pytest.raises(WinnowError, match="lies inside the image folder"):
        check_destination(images, images / "inner" / ".." / "out")


def test_links_do_not_hide_where_they_lead(images: Path) -> None:
    link = images.parent / "link"
    link.symlink_to(images)
    with pytest.raises(WinnowError, match="image folder itself"):
        check_destination(images, link)
    with pytest.raises(WinnowError, match="lies inside the image folder"):
        check_destination(images, link / "out")
    with pytest.raises(WinnowError, match="lies inside the image folder"):
        check_destination(link, images / "out")

    empty = images.parent / "empty"
    empty.mkdir()
    good = images.parent / "good"
    good.symlink_to(empty)
    check_destination(images, good)

    broken = images.parent / "broken"
    broken.symlink_to(images.parent / "nowhere")
    with pytest.raises(WinnowError, match="which does not exist"):
        check_destination(images, broken)


def test_existing_content_is_never_written_over(images: Path) -> None:
    full = images.parent / "full"
    full.mkdir()
    (full / ".hidden").touch()
    with pytest.raises(WinnowError, match="is not empty"):
        check_destination(images, full)
    file = images.parent / "file"
    file.touch()
    with pytest.raises(WinnowError, match="is a file"):
        check_destination(images, file)
    with pytest.raises(WinnowError, match=r"cannot be made, because .*file is a file"):
        check_destination(images, file / "out")


def test_too_little_space_is_said_before_anything_is_written(images: Path) -> None:
    with pytest.raises(WinnowError, match=r"needs 1000000\.0 TB and .* free"):
        check_destination(images, images.parent / "out", needed_bytes=10**18)


@needs_root
def test_a_mount_point_is_refused_and_a_folder_on_it_is_fine(images: Path, mounted: Path) -> None:
    with pytest.raises(WinnowError, match="is a mount point; name a new folder inside"):
        check_destination(images, mounted)
    check_destination(images, mounted / "out", needed_bytes=500_000)
    with pytest.raises(WinnowError, match=r"needs 2\.0 MB and .* has 1\.0 MB free"):
        check_destination(images, mounted / "out", needed_bytes=2_000_000)


@needs_root
def test_a_bind_mount_is_a_mount_point_too(images: Path, mounted: Path) -> None:
    source, place = mounted / "source", mounted / "place with space"
    source.mkdir()
    place.mkdir()
    subprocess.run(["mount", "--bind", str(source), str(place)], check=True)
    try:
        with pytest.raises(WinnowError, match="is a mount point"):
            check_destination(images, place)
    finally:
        subprocess.run(["umount", str(place)], check=True)


@needs_root
def test_a_read_only_file_system_is_refused(images: Path, mounted: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    with pytest.raises(WinnowError, match=r"cannot be written, because .* does not allow it"):
        check_destination(images, mounted / "out")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_parent_without_permission_is_refused(images: Path) -> None:
    locked = images.parent / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(WinnowError, match="does not allow it"):
        check_destination(images, locked / "out")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2e15, "2000.0 TB")]
)
def test_sizes_for_people(count: float, text: str) -> None:
    assert size_text(count) == text
