"""A tried picture is copied beside the others and labeled; nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures
from PIL import Image

from core.embedding.run import embed
from core.images.hash import content_id
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.try_one import adding


def test_it_is_in_the_collection_with_its_label_once_that_is_read(tmp_path: Path, red) -> None:
    write_pictures(tmp_path / "images", 3)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    project.use(encoder)
    data = red.read_bytes()
    path = adding.copy_in(project.workspace.images, data, red.name)
    batch = adding.label(project.labels, content_id(data), "red", "ann")
    assert path == tmp_path / "images/added/p0000.jpg" and path.read_bytes() == data
    embed(project.workspace, encoder)
    snapshot = project.snapshot()
    row = snapshot.pool.rows[content_id(data)]
    assert snapshot.labels.codes[row] >= 0
    assert project.labels.undo(batch, "ann") == [content_id(data)]
    assert not list((tmp_path / "images").glob(".winnow-*"))


def test_nothing_is_written_over(tmp_path: Path, red) -> None:
    data = red.read_bytes()
    (tmp_path / "added").mkdir()
    (tmp_path / "added/p0000.jpg").write_bytes(b"mine")
    first = adding.copy_in(tmp_path, data, red.name)
    assert first.name == "p0000-2.jpg" and adding.copy_in(tmp_path, data, red.name) == first
    assert (tmp_path / "added/p0000.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd.jpeg"),
        ("C:\\x\\a<b>.PNG", "a-b.PNG"),
        (".jpg", "jpg.jpeg"),
        ("\x00\n.jpg", "picture.jpg"),
        ("x" * 300 + ".jpg", "x" * 60 + ".jpg"),
    ],
)
def test_names_of_others_stay_in_the_folder(tmp_path: Path, red, name: str, expected: str) -> None:
    path = adding.copy_in(tmp_path, red.read_bytes(), name)
    assert path == tmp_path / "added" / expected


def test_what_cannot_be_added_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WinnowError):
        adding.copy_in(tmp_path, b"nothing", "a.jpg")
    assert not list(tmp_path.iterdir())
    (tmp_path / "added").write_bytes(b"a file")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(WinnowError, match="is a file"):
        adding.copy_in(tmp_path, (tmp_path / "a.png").read_bytes(), "a.png")
