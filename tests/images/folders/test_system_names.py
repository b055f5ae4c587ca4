"""What storages and systems leave behind is passed over; what people call their folders is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.images.folders.left_out import HIDDEN, PREVIEWS, SNAPSHOTS, SYSTEM, TRASH
from core.images.folders.system_names import file_reason, folder_reason
from core.images.scan import scan

LEFT = [
    ("#recycle", TRASH), ("@Recycle", TRASH), ("$RECYCLE.BIN", TRASH), (".Trash-1000", TRASH),
    (".Trashes", TRASH), (".Trash", TRASH), ("Network Trash Folder", TRASH), (".recycle", TRASH),
    ("trashbox", TRASH), ("files_trashbin", TRASH), (".dtrash", TRASH),
    ("#snapshot", SNAPSHOTS), ("@Recently-Snapshot", SNAPSHOTS), ("@Snapshot", SNAPSHOTS),
    (".snapshot", SNAPSHOTS), ("~snapshot", SNAPSHOTS), (".zfs", SNAPSHOTS),
    (".snapshots", SNAPSHOTS), ("@GMT-2024.01.31-12.00.00", SNAPSHOTS), (".stversions", SNAPSHOTS),
    ("Backups.backupdb", SNAPSHOTS), ("@sharesnap", SNAPSHOTS),
    ("@eaDir", PREVIEWS), (".@__thumb", PREVIEWS), (".thumbnails", PREVIEWS),
    ("Catalog Previews.lrdata", PREVIEWS), ("Smart Previews.LRDATA", PREVIEWS),
    (".picasaoriginals", PREVIEWS),
    ("__MACOSX", SYSTEM), ("System Volume Information", SYSTEM), ("lost+found", SYSTEM),
    ("@tmp", SYSTEM), (".git", SYSTEM), (".AppleDouble", SYSTEM), (".Spotlight-V100", SYSTEM),
    (".fseventsd", SYSTEM), ("Temporary Items", SYSTEM), ("FOUND.000", SYSTEM),
    ("$WINDOWS.~BT", SYSTEM), (".whatever", HIDDEN),
]  # fmt: skip
TAKEN = [
    "recycle", "Recycled", "recycling bin", "trash", "snapshots", "snapshot", "thumbnails",
    "thumbs", "previews", "cache", "tmp", "temp", "@nasa", "#sunset", "$100", "~old", "found",
    "git", "backup", "resources", "originals", "lrdata", "GMT-2024", "settings", "database",
]  # fmt: skip


@pytest.mark.parametrize(("name", "reason"), LEFT)
def test_leftovers_are_passed_over_in_any_case(name: str, reason: str) -> None:
    assert folder_reason(name) == folder_reason(name.upper()) == reason
    assert folder_reason(name.lower(), "any folder") == reason


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_people_choose_are_not(name: str) -> None:
    assert folder_reason(name) is None
    assert folder_reason(name, "photos 2024") is None


@pytest.mark.parametrize(
    ("parent", "name"),
    [
        ("Photos Library.photoslibrary", "resources"), ("Old.aplibrary", "Thumbnails"),
        ("Shoot.cocatalog", "Cache"), ("CaptureOne", "Cache"),
    ],
)  # fmt: skip
def test_previews_within_libraries(parent: str, name: str) -> None:
    assert folder_reason(name, parent) == PREVIEWS
    assert folder_reason("originals", parent) is None


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db", "desktop.ini", "._a.jpg", "Icon\r", "SYNOPHOTO_THUMB_XL.jpg",
        "SYNOFILE_THUMB_M.png", ".hidden.jpg", "ehthumbs.db", "picasa.ini",
    ],
)  # fmt: skip
def test_files_that_are_passed_over(name: str) -> None:
    assert file_reason(name)


def test_a_synology_share(tmp_path: Path) -> None:
    kept = ["a.jpg", "trash/b.jpg", "#sunset/c.jpg", "thumbnails/d.jpg"]
    for path in (*kept, *(f"{name}/x/y.jpg" for name, _ in LEFT), "album/@eaDir/a.jpg/z.jpg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    (tmp_path / "trash" / "._b.jpg").write_bytes(b"x")
    seen = scan(tmp_path)
    assert [file.path for file in seen.files] == sorted(kept)
    assert seen.left_out.count == len(LEFT) + 2
    assert seen.left_out.reasons[TRASH].count == sum(reason == TRASH for _, reason in LEFT)
    assert ("album/@eaDir", PREVIEWS) in seen.left_out.examples
    assert seen.ignored == 0
    # Who opens such a folder itself wants what is in it.
    assert len(scan(tmp_path / "#recycle").files) == 1
