"""A moved image folder is found by its content, and nothing that only looks like it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.images.hash import content_id
from core.store.catalog import ImageRow, to_frame, write_catalog
from core.store.moved import compared, is_gone, is_rearranged, moved_workspaces
from core.store.workspace import (
    Workspace,
    known_workspaces,
    open_workspace,
    point_to,
    root_of,
    unlist,
)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def fill(folder: Path, count: int = 40, seed: str = "") -> Path:
    """Files of different sizes and contents, in two sub-folders."""
    for number in range(count):
        path = folder / f"part {number % 2}" / f"{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{seed}{number} ".encode() * (10 + number))
    return folder


def embedded(images: Path) -> Workspace:
    """A workspace with the catalog that embedding would have written."""
    workspace = open_workspace(images)
    rows = []
    for path in sorted(images.rglob("*.jpg")):
        size, image_id = path.stat().st_size, content_id(path.read_bytes())
        rows.append(ImageRow(path.relative_to(images).as_posix(), size, 0, image_id))
    write_catalog(workspace.catalog, to_frame(rows))
    return workspace


def test_a_folder_that_was_moved_is_found(tmp_path: Path) -> None:
    images = fill(tmp_path / "photos")
    workspace = embedded(images)
    assert moved_workspaces(images) == [] and not is_gone(workspace)
    moved = images.rename(tmp_path / "holiday [2024]")
    assert is_gone(workspace)
    [match] = moved_workspaces(moved)
    assert (match.workspace.root, match.share, match.same_paths) == (workspace.root, 1.0, True)
    assert root_of(moved) != workspace.root
    point_to(match.workspace, moved)
    assert root_of(moved) == workspace.root, "and from now on without a look at its content"
    assert open_workspace(moved).root == workspace.root
    assert moved_workspaces(moved) == []


def renamed_files(images: Path) -> None:
    for path in list(images.rglob("*.jpg")):
        path.rename(images / f"new {path.name}")


def one_folder_deeper(images: Path) -> None:
    parts = list(images.iterdir())
    (images / "2024").mkdir()
    for part in parts:
        part.rename(images / "2024" / part.name)


def some_deleted(images: Path) -> None:
    for path in sorted(images.rglob("*.jpg"))[::3]:
        path.unlink()


def many_added(images: Path) -> None:
    fill(images / "later", 60, "later")


def some_edited(images: Path) -> None:
    for path in sorted(images.rglob("*.jpg"))[::5]:
        path.write_bytes(path.read_bytes() + b"edited")


@pytest.mark.parametrize(
    "change", [renamed_files, one_folder_deeper, some_deleted, many_added, some_edited]
)
def test_it_is_found_although_it_changed(tmp_path: Path, change) -> None:
    images = fill(tmp_path / "photos")
    workspace = embedded(images)
    moved = images.rename(tmp_path / "moved")
    change(moved)
    [match] = moved_workspaces(moved)
    assert match.workspace.root == workspace.root and match.enough


@pytest.mark.parametrize("change", [renamed_files, one_folder_deeper])
def test_images_below_other_names_are_told_from_images_that_are_gone(
    tmp_path: Path, change
) -> None:
    images = fill(tmp_path / "photos")
    workspace = embedded(images)
    assert not is_gone(workspace)
    change(images)
    assert is_gone(workspace) and is_rearranged(workspace)


def test_an_emptied_folder_was_not_rearranged(tmp_path: Path) -> None:
    images = fill(tmp_path / "photos")
    workspace = embedded(images)
    shutil.rmtree(images)
    (images / "notes").mkdir(parents=True)
    assert is_gone(workspace) and not is_rearranged(workspace)


def test_a_folder_that_only_looks_alike_is_not_taken(tmp_path: Path) -> None:
    """The same names and sizes, other content."""
    images = fill(tmp_path / "photos", seed="a")
    embedded(images)
    shutil.rmtree(images)
    assert moved_workspaces(fill(tmp_path / "other", seed="b")) == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_tiny_folder_is_compared_as_a_whole(tmp_path: Path, count: int) -> None:
    images = fill(tmp_path / "photos", count)
    workspace = embedded(images)
    moved = images.rename(tmp_path / "moved")
    assert [match.workspace.root for match in moved_workspaces(moved)] == [workspace.root]
    shutil.rmtree(moved)
    assert moved_workspaces(fill(tmp_path / "other", count, "b")) == []


def test_copies_and_folders_that_are_still_there_are_left_alone(tmp_path: Path) -> None:
    images = fill(tmp_path / "photos")
    embedded(images)
    copy = Path(shutil.copytree(images, tmp_path / "copy"))
    assert moved_workspaces(copy) == []


def test_an_empty_place_where_a_drive_was_counts_as_gone(tmp_path: Path) -> None:
    images = fill(tmp_path / "usb")
    workspace = embedded(images)
    moved = images.rename(tmp_path / "usb1")
    images.mkdir()
    assert is_gone(workspace)
    assert [match.workspace.root for match in moved_workspaces(moved)] == [workspace.root]
    (images / "unrelated.txt").write_text("x")
    assert is_gone(workspace)


def test_workspaces_without_a_catalog_or_with_a_damaged_one_match_nothing(tmp_path: Path) -> None:
    images = fill(tmp_path / "photos")
    empty = open_workspace(images)
    images = images.rename(tmp_path / "moved")
    assert compared(empty, images).looked == 0
    assert moved_workspaces(images) == []
    empty.catalog.write_bytes(b"PAR1 no")
    assert moved_workspaces(images) == []


def test_a_catalog_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    images = fill(tmp_path / "photos", 2)
    workspace = open_workspace(images)
    ids = content_id(b"secret")
    rows = [ImageRow("../secret.jpg", 6, 0, ids), ImageRow(str(secret), 6, 0, ids)]
    write_catalog(workspace.catalog, to_frame(rows))
    moved = images.rename(tmp_path / "moved")
    assert compared(workspace, moved).looked == 0


def test_two_workspaces_of_the_same_images_both_match(tmp_path: Path) -> None:
    first = fill(tmp_path / "a")
    second = Path(shutil.copytree(first, tmp_path / "b"))
    roots = {embedded(first).root, embedded(second).root}
    moved = first.rename(tmp_path / "c")
    shutil.rmtree(second)
    assert {match.workspace.root for match in moved_workspaces(moved)} == roots


def test_what_is_taken_out_of_the_list_is_found_again(tmp_path: Path) -> None:
    images = fill(tmp_path / "photos")
    workspace = embedded(images)
    assert [each.root for each in known_workspaces()] == [workspace.root]
    unlist(workspace.root)
    unlist(workspace.root)
    assert known_workspaces() == []
    moved = images.rename(tmp_path / "moved")
    [match] = moved_workspaces(moved)
    assert open_workspace(moved, match.workspace.root).root == workspace.root
    assert [each.root for each in known_workspaces()] == [workspace.root], "listed again"
