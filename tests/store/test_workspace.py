"""Workspaces: found again, never mixed up, clear about what is wrong."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.places import default_root
from core.store.workspace import EncoderRecord, Workspace, known_workspaces, load, open_workspace


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / 'my "photos" ünïcode'
    folder.mkdir()
    return folder


def test_a_workspace_is_found_again(images: Path) -> None:
    made = open_workspace(images)
    record = EncoderRecord("ViT-B-32/openai", "ViT-B-32-abc", 512)
    made.with_encoder(record)
    again = open_workspace(images)
    assert again.root == default_root(images) == made.root
    assert again.encoder == record
    assert again.images == images
    assert made.root in [workspace.root for workspace in known_workspaces()]
    assert images not in made.root.parents


@pytest.mark.parametrize(
    "name", ["plain", "a \"b\" 'c'", "tab\tand \x7f\x01", "back\\slash", "ü 猫 😀"]
)
def test_the_file_says_what_the_workspace_is(tmp_path: Path, name: str) -> None:
    record = EncoderRecord("ViT-B-32/openai", "ViT-B-32-abc", 512)
    made = Workspace(tmp_path, Path("/pictures") / name)
    made.save()
    assert load(tmp_path) == made
    made.with_encoder(record)
    assert load(tmp_path) == Workspace(tmp_path, made.images, record)
    assert tomllib.loads((tmp_path / "workspace.toml").read_text("utf-8")) == {
        "format": 1,
        "images": str(made.images),
        "encoder": {"spec": record.spec, "identity": record.identity, "dim": 512},
    }


def test_a_file_of_an_older_version_opens(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text(
        'format = 1\nimages = "/my \\"photos\\" ü"\n\n'
        '[encoder]\nspec = "starter"\nidentity = "starter-1"\ndim = 384\n',
        encoding="utf-8",
    )
    record = EncoderRecord("starter", "starter-1", 384)
    assert load(tmp_path) == Workspace(tmp_path, Path('/my "photos" ü'), record)


def test_a_moved_image_folder_keeps_its_workspace(images: Path, tmp_path: Path) -> None:
    root = tmp_path / "ws"
    open_workspace(images, root)
    moved = images.rename(tmp_path / "moved")
    assert open_workspace(moved, root).images == moved


def test_a_workspace_of_another_folder_is_refused(images: Path, tmp_path: Path) -> None:
    root, other = tmp_path / "ws", tmp_path / "other"
    other.mkdir()
    open_workspace(images, root)
    with pytest.raises(WinnowError, match="belongs to"):
        open_workspace(other, root)


def test_bad_places_are_said(images: Path, tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        open_workspace(tmp_path / "nowhere")
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(WinnowError, match="is a file"):
        open_workspace(file)
    with pytest.raises(WinnowError, match="is a file"):
        open_workspace(images, file)
    full = tmp_path / "full"
    full.mkdir()
    (full / "thing").write_text("x")
    with pytest.raises(WinnowError, match="neither empty nor a workspace"):
        open_workspace(images, full)


@pytest.mark.parametrize("text", ["", "format = 1", "not toml [", 'format = "x"\nimages = 3'])
def test_a_damaged_workspace_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "workspace.toml").write_text(text)
    with pytest.raises(WinnowError, match="cannot be read"):
        load(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('format = 99\nimages = "/x"')
    with pytest.raises(WinnowError, match="newer Winnow"):
        load(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="pipes have no paths on Windows")
@pytest.mark.parametrize("name", ["catalog", "labels", "captions", "vocabulary"])
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(name: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    workspace = open_workspace(tmp_path / "images", tmp_path / "w")
    os.mkfifo(getattr(workspace, name))
    with pytest.raises(WinnowError, match="it is a pipe, not a file"):
        load(tmp_path / "w")


def test_every_change_of_the_file_is_seen(images: Path, tmp_path: Path) -> None:
    workspace = open_workspace(images, tmp_path / "w")
    path = tmp_path / "w/workspace.toml"
    for turn in range(50):  # of one size, written as fast as can be
        record = EncoderRecord("starter", f"starter-{turn:02}", 4)
        replace(workspace, encoder=record).save()
        assert load(tmp_path / "w").encoder == record
        path.write_text(path.read_text().replace("starter-", "another-"))  # by hand, in place
        loaded = load(tmp_path / "w").encoder
        assert loaded is not None and loaded.identity == f"another-{turn:02}"
    path.unlink()
    with pytest.raises(WinnowError, match="no workspace"):
        load(tmp_path / "w")
