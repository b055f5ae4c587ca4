"""Workspaces: found again, never mixed up, clear about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store import lock
from core.store.catalog import ImageRow, read_catalog, to_frame, to_rows, write_catalog
from core.store.csv_tables import read_labels, write_labels
from core.store.workspace import EncoderRecord, default_root, known_workspaces, load, open_workspace


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


def test_the_second_writer_is_told_who_holds_the_workspace(tmp_path: Path) -> None:
    with lock.writer(tmp_path, "embedding"):
        second = lock.writer(tmp_path, "export")
        with pytest.raises(WinnowError, match=r"in use \(embedding, process \d+"):
            second.__enter__()
    with lock.writer(tmp_path, "export"):
        pass


def test_the_catalog_survives_a_round_trip(tmp_path: Path) -> None:
    rows = [
        ImageRow("b/ü 😀.jpg", 3, 1 << 60, "ab" * 16, 10, 20, "JPEG", "first frame", None),
        ImageRow("a.jpg", 0, 5, None, problem="the file is empty"),
    ]
    path = tmp_path / "catalog.parquet"
    assert read_catalog(path).height == 0
    write_catalog(path, to_frame(rows))
    assert to_rows(read_catalog(path)) == sorted(rows, key=lambda row: row.path)
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(WinnowError, match="cannot be read"):
        read_catalog(path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomic(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_label_tables_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_labels(path, [('a "b", c.jpg', "x,y", "ann", "page"), ("d/ü.jpg", "z", "", "")])
    assert read_labels(path) == {'a "b", c.jpg': "x,y", "d/ü.jpg": "z"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path\na.jpg\n", "no column named label"),
        ("path,label\na.jpg,\n", "line 2 lacks"),
        ("path,label\na.jpg,x\na.jpg,y\n", "line 3 says"),
        ("path,label\n", "no rows"),
        ("", "no column"),
    ],
)
def test_bad_label_tables_are_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(WinnowError, match=said):
        read_labels(path)


def test_missing_and_binary_label_tables_are_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read_labels(tmp_path / "no.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(WinnowError, match="UTF-8"):
        read_labels(tmp_path / "binary.csv")
