"""Workspaces, catalogs and images at paths of any name, and with dates of any year."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from colours import ColourEncoder, write_pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from core.embedding.run import embed
from core.images.names import as_text, located
from core.images.scan import file_time
from core.project.pool import load_pool
from core.store.captions import load_captions, save_captions
from core.store.catalog import ImageRow, read_catalog, to_frame
from core.store.parquet import read_parquet, write_parquet
from core.store.places import default_root
from core.store.workspace import Workspace, known_workspaces, load, open_workspace

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the file system refuses most of these names"
)

NAMES = [
    b"ws [2024]", b"ws*", b"what?", b"a{1,2}", b"[!a]", b"[", b"a]", b"**", b"Gr\xf6\xdfe",
    b"\xff\xfe",
    b"ws_\xf6", b"del\x7f", b"new\nline", b"tab\t", b"esc\x1b[31m", b"bell\x07", b" lead",
    b"trail ",
    b"trail.", b"CON", b"nul.txt", b"a:b", b"a|b", b"back\\slash", b"\\xf6", b"quo'te\"s",
    b"$HOME",
    b"~", b"%20", b"file:", b"#", b"&", b"-rf", b"--json", b"x" * 200, "猫 ünï".encode(),
    b"nfc \xc3\xa9", b"nfd e\xcc\x81", b"\xe2\x80\xae rtl", b"\xef\xbb\xbfbom",
    b"zero\xe2\x80\x8bwidth",
    b"a=b", b"a;b", b"a,b", b"'", b'"""', b"\xf0\x9f\x98\x80",
]  # fmt: skip


def made(parent: Path, name: bytes, pictures: int = 2) -> Path:
    folder = Path(os.fsdecode(os.fsencode(parent) + b"/" + name))
    folder.mkdir()
    write_pictures(folder, pictures)
    return folder


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_an_image_folder_of_any_name(tmp_path: Path, name: bytes) -> None:
    images = made(tmp_path, name)
    workspace = open_workspace(images)
    assert workspace.root == default_root(images)
    embed(load(workspace.root), ColourEncoder())
    again = open_workspace(images)
    assert (again.root, again.images) == (workspace.root, images)
    assert embed(again, ColourEncoder()).embedded == 0
    assert images in [each.images for each in known_workspaces()]
    assert all(again.file(path).is_file() for path in load_pool(again).paths)
    assert again.key == load(again.root).key


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_workspace_of_any_name_beside_its_neighbours(tmp_path: Path, name: bytes) -> None:
    images = made(tmp_path, b"images")
    for neighbour in (b"ws 2", b"ws", b"what1", b"a1", b"x", b"a"):
        other = Path(os.fsdecode(os.fsencode(tmp_path) + b"/n" + neighbour))
        write_parquet(other / "catalog.parquet", read_catalog(tmp_path / "none"))
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    embed(open_workspace(images, root), ColourEncoder())
    assert read_catalog(load(root).catalog).height == 2
    assert embed(open_workspace(images, root), ColourEncoder()).embedded == 0
    save_captions(load(root).captions, [("0" * 32, "a cat")])
    assert load_captions(load(root).captions) == {"0" * 32: ("a cat",)}


def test_a_neighbour_whose_name_fits_the_pattern_is_not_read(tmp_path: Path) -> None:
    for name, count in (("w 1", 3), ("w [12]", 2)):
        images = made(tmp_path, f"images {count}".encode(), count)
        embed(open_workspace(images, tmp_path / name), ColourEncoder())
    assert read_parquet(tmp_path / "w [12]" / "catalog.parquet").height == 2
    assert read_parquet(tmp_path / "w 1" / "catalog.parquet", ["path"]).shape == (3, 1)


def test_images_of_any_name(tmp_path: Path) -> None:
    images = made(tmp_path, b"images", len(NAMES))
    for name, path in zip(NAMES, sorted(images.iterdir()), strict=True):
        os.rename(path, os.fsencode(images) + b"/" + name + b".jpg")  # noqa: PTH104
    workspace = open_workspace(images, tmp_path / "workspace")
    assert embed(workspace, ColourEncoder()).images == len(NAMES)
    catalog = read_catalog(load(workspace.root).catalog)
    assert set(catalog["path"]) == {as_text(os.fsdecode(name)) + ".jpg" for name in NAMES}
    for row in catalog.iter_rows(named=True):
        row["path"].encode("utf-8")
        assert workspace.file(row["path"]).stat().st_size == row["size"]
    assert embed(load(workspace.root), ColourEncoder()).embedded == 0


@pytest.mark.parametrize("nanoseconds", [-(10**18), -1, 0, 2**62, 2**63 - 1, 2**63, 14 * 10**18])
def test_one_odd_date_does_not_take_the_others_down(tmp_path: Path, nanoseconds: int) -> None:
    images = made(tmp_path, b"images", 3)
    victim = min(images.iterdir())
    try:
        os.utime(victim, ns=(0, nanoseconds))
    except (OSError, OverflowError):
        os.utime(victim, (0, min(2**34 - 1, nanoseconds // 10**9)))
    (images / "empty.jpg").write_bytes(b"")
    workspace = open_workspace(images, tmp_path / "workspace")
    result = embed(workspace, ColourEncoder())
    assert (result.images, len(result.rejected)) == (3, 1)
    assert embed(load(workspace.root), ColourEncoder()).embedded == 0


@pytest.mark.parametrize("time", [2**63, 2**70, -(2**63) - 1, -(2**80)])
def test_dates_that_no_catalog_can_hold_are_cut(time: int) -> None:
    """Not every file system keeps such dates."""
    cut = file_time(SimpleNamespace(st_mtime_ns=time))
    frame = to_frame([ImageRow("a.jpg", 1, cut)])
    assert frame["mtime_ns"].to_list() == [cut]
    assert (cut > 0) == (time > 0)


def test_both_spellings_of_one_name_beside_one_another(tmp_path: Path) -> None:
    images = made(tmp_path, b"images", 2)
    one, two = sorted(images.iterdir())
    for form, path in (("NFC", one), ("NFD", two)):
        path.rename(images / f"{unicodedata.normalize(form, 'é')}.jpg")
    workspace = open_workspace(images, tmp_path / "workspace")
    assert embed(workspace, ColourEncoder()).images == 2
    paths = read_catalog(load(workspace.root).catalog)["path"]
    assert len({workspace.file(path).read_bytes() for path in paths}) == 2


def test_a_workspace_of_before_opens(tmp_path: Path) -> None:
    images = made(tmp_path, b"images")
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "workspace.toml").write_text(f'format = 1\nimages = "{images}"\n')
    assert load(root).images == images
    assert open_workspace(images, root).root == root


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0" not in b))
def test_every_name_is_text_that_can_be_stored_and_comes_back(raw: bytes) -> None:
    name = os.fsdecode(raw)
    text = as_text(name)
    text.encode("utf-8")
    assert text == name or text.count("\\x") >= 1
    folder = Path("/nowhere-at-all")
    assert isinstance(located(folder, text.replace("/", "_")), Path)


def test_a_name_of_bytes_is_located_and_its_twin_in_letters_wins(tmp_path: Path) -> None:
    raw = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9.jpg"))
    raw.write_bytes(b"bytes")
    assert located(tmp_path, r"\xe9.jpg") == raw
    (tmp_path / r"\xe9.jpg").write_bytes(b"letters")
    assert located(tmp_path, r"\xe9.jpg").read_bytes() == b"letters"


def test_the_record_says_where_images_were(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws", Path(os.fsdecode(b"/gone/Gr\xf6\xdfe")))
    workspace.save()
    assert load(workspace.root).images == workspace.images
    assert r"Gr\\xf6" in (workspace.root / "workspace.toml").read_text("utf-8")
