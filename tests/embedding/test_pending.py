"""What embedding would do is said without an encoder and without writing anything."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.cli import main
from core.embedding.counting import counted
from core.embedding.pending import pending
from core.embedding.run import embed
from core.encoders import registry
from core.project.pool import load_pool
from core.runtime.progress import Report
from core.services.data.overview import folder_state
from core.store.catalog import MEASURES, read_catalog, write_catalog
from core.store.workspace import Workspace, load, open_workspace


@pytest.fixture
def images(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "images", 20)
    return tmp_path / "images"


def counts(workspace: Workspace, identity: str | None = "colours-1", **options: bool):
    told = pending(load(workspace.root), identity, Report(), **options).counts
    if not options:  # counting alone comes to the same
        assert counted(load(workspace.root), identity, Report())[1] == told
    return asdict(told)


def expected(**numbers: int) -> dict[str, int]:
    names = ("new", "changed", "again", "unchanged", "gone", "problems", "ignored", "archives")
    names += ("passed_over", "links_out")
    return dict.fromkeys(names, 0) | {"passed_over": numbers.get("ignored", 0)} | numbers


def test_each_kind_of_file_is_counted(images: Path, tmp_path: Path) -> None:
    workspace = open_workspace(images, tmp_path / "workspace")
    assert counts(workspace) == expected(new=20)
    embed(load(workspace.root), ColourEncoder())
    assert counts(workspace) == expected(unchanged=20)
    assert counts(workspace, reread=True) == expected(again=20)
    assert counts(workspace, "colours-2") == expected(again=20)
    (images / "p0000.jpg").rename(images / "renamed.jpg")
    (images / "p0001.jpg").unlink()
    os.utime(images / "p0002.jpg", (1, 1))
    (images / "broken.jpg").symlink_to(images / "nowhere")
    (images / "notes.txt").write_text("x")
    (images / "more.tar.gz").write_bytes(b"x")
    changed = expected(new=1, changed=1, unchanged=17, gone=2, problems=1, ignored=2, archives=1)
    assert counts(workspace) == changed
    state = folder_state(load(workspace.root), Report())
    assert asdict(state.counts) == changed
    assert (state.to_read, state.unreadable, state.ignored) == (2, 1, 2)
    assert state.archives == ["more.tar.gz"]
    embed(load(workspace.root), ColourEncoder())
    after = expected(unchanged=19, problems=1, ignored=2, archives=1)
    assert counts(workspace) == after


def test_unreadable_files_are_tried_once_more(images: Path, tmp_path: Path) -> None:
    workspace = open_workspace(images, tmp_path / "workspace")
    (images / "a folder.jpg").write_bytes(b"no picture")
    embed(load(workspace.root), ColourEncoder())
    assert counts(workspace) == expected(unchanged=21)  # the verdict on these bytes is known


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


def test_the_dry_run_loads_nothing_and_writes_nothing(
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("the encoder must not be loaded")

    monkeypatch.setattr(registry, "load_encoder", refuse)
    root = tmp_path / "workspace"
    main_ok(["embed", str(images), "--workspace", str(root), "--dry-run", "--json"])
    message = json.loads(capsys.readouterr().out)
    assert message == expected(new=20) | {"dry_run": True, "to_read": 20, "model": "starter"}
    assert not root.exists()
    open_workspace(images, root)
    before = snapshot(root)
    (images / "p0000.zip").write_bytes(b"x")
    main_ok(["embed", str(images), "--workspace", str(root), "--dry-run"])
    message = capsys.readouterr().out
    assert "20 files would be read (20 new or renamed, 0 changed, 0 once more)" in message
    assert "1 of them are archives" in message
    assert snapshot(root) == before


def main_ok(arguments: list[str]) -> None:
    try:
        main(arguments)
    except SystemExit as end:
        assert end.code in (0, None)


def test_an_archive_takes_the_place_of_a_folder(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(images.iterdir())[:6]:
            opened.write(path, f"inside/{path.name}")
    with pytest.raises(SystemExit) as end:
        main(["embed", str(archive), "--dry-run"])
    assert end.value.code == 2
    assert "not unpacked yet" in capsys.readouterr().err
    workspace = open_workspace(archive)
    assert embed(workspace, ColourEncoder()).images == 6
    assert load_pool(load(workspace.root)).paths[0] == "inside/p0000.jpg"
    assert open_workspace(archive).root == workspace.root
    assert images.parent not in workspace.images.parents
    main_ok(["embed", str(archive), "--dry-run", "--json"])
    assert json.loads(capsys.readouterr().out)["unchanged"] == 6
    with zipfile.ZipFile(archive, "a") as opened:  # the vendor sends an update
        opened.write(images / "p0010.jpg", "inside/new.jpg")
    again = open_workspace(archive)
    assert again.root == workspace.root
    result = embed(load(again.root), ColourEncoder())
    assert (result.images, result.embedded) == (7, 1)


def test_a_catalog_without_measures_opens_and_is_filled_by_reading_again(
    images: Path, tmp_path: Path
) -> None:
    workspace = open_workspace(images, tmp_path / "workspace")
    shutil.copy(images / "p0000.jpg", images / "copy.jpg")
    embed(load(workspace.root), ColourEncoder())
    full = read_catalog(workspace.catalog)
    assert all(full[name].null_count() == 0 for name in MEASURES)
    write_catalog(workspace.catalog, full.drop(MEASURES))
    assert len(load_pool(load(workspace.root))) == 20
    encoder = ColourEncoder()
    assert embed(load(workspace.root), encoder).reused == 21
    assert read_catalog(workspace.catalog)["phash"].null_count() == 21
    embed(load(workspace.root), encoder, reread=True)
    assert encoder.encoded == 0
    assert read_catalog(workspace.catalog).equals(full)
