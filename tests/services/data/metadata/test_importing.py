"""Columns into a collection: rows find their images, one step each, taken back, listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cameras import BERN, picture
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.label_review import NO_IMAGE
from core.services.data.metadata.importing import (
    import_metadata,
    of_exif,
    of_sidecars,
    of_table,
)
from core.services.data.metadata.review import ANOTHER, UNCLEAR, looks
from core.store.metadata.versions import take_back
from core.store.table_rows import AGAIN, NO_PATH


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Eight pictures in two folders, one of them twice; two are called the same."""
    folder = tmp_path / "pictures"
    write_pictures(folder, 8)
    (folder / "in").mkdir()
    (folder / "p0007.jpg").rename(folder / "in" / "p0001.jpg")
    shutil.copy(folder / "p0000.jpg", folder / "copy.jpg")
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    return project


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(text)
    return path


def column(project: Project, name: str) -> dict[str, object]:
    """Path → cell of the images that have one."""
    snapshot = project.snapshot()
    cells = snapshot.metadata.column(name, snapshot.pool.ids)
    return {p: c for p, c in zip(snapshot.pool.paths, cells, strict=True) if c is not None}


def test_each_row_is_of_an_image_or_is_listed(small: Project, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "path,title,price\np0001.jpg,a,1\nIN\\P0001.JPG,b,2\np0002.jpg,c,3\np0002.jpg,c,3\n"
        "p0002.jpg,d,4\np0000.jpg,e,\ncopy.jpg,e,\ngone.jpg,f,6\n,g,7\nother/p0003.jpg,h,8\n",
    )
    seen = of_table(small.snapshot(), path)
    assert (seen.rows, seen.matched, seen.unmatched, seen.key) == (10, 4, 3, "path")
    assert dict(seen.kinds) == {"title": "text", "price": "number"}
    assert [(row.line, row.reason) for row in seen.rejected] == [
        (5, AGAIN), (6, ANOTHER), (8, AGAIN), (9, NO_IMAGE), (10, NO_PATH), (11, NO_IMAGE),
    ]  # fmt: skip
    assert small.snapshot().metadata.names == (), "a look changes nothing"
    import_metadata(small.snapshot(), seen, path.name)
    assert column(small, "price") == {"p0001.jpg": 1, "in/p0001.jpg": 2, "p0002.jpg": 3}
    first = looks(small.snapshot())[0]
    assert (first.name, first.filled, first.examples) == ("title", 4, ("e", "b", "a"))


def test_rows_by_file_name(small: Project, tmp_path: Path) -> None:
    text = "file;title\nsomewhere/P0002.jpg;a\nsomewhere/p0001.jpg;b\n"
    with pytest.raises(WinnowError, match=r"column file names images by folders.*--key name"):
        of_table(small.snapshot(), table(tmp_path, text))
    seen = of_table(small.snapshot(), table(tmp_path, text), "name")
    assert seen.matched == 1
    assert [(row.path, row.reason) for row in seen.rejected] == [("somewhere/p0001.jpg", UNCLEAR)]
    with pytest.raises(WinnowError, match="names an embedded image"):
        of_table(small.snapshot(), table(tmp_path, text), "path")


def test_rows_by_a_column_of_ones_own(small: Project, tmp_path: Path) -> None:
    text = "title,SKU,price\nred shoe,p0002,1\nblue shoe,P0003,2\nhat,p9999,3\n"
    path = table(tmp_path, text)
    for key in ("", "sku"):
        seen = of_table(small.snapshot(), path, key)
        assert (seen.key, seen.matched, seen.unmatched) == ("SKU", 2, 1), key
        assert list(seen.cells) == ["title", "price"]
    with pytest.raises(WinnowError, match="no column named ean: it has title, SKU, price"):
        of_table(small.snapshot(), path, "ean")
    with pytest.raises(WinnowError, match="No column of the table names an image"):
        of_table(small.snapshot(), table(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(WinnowError, match="no column beside path"):
        of_table(small.snapshot(), table(tmp_path, "path\np0001.jpg\n"))


def test_only_some_columns(small: Project, tmp_path: Path) -> None:
    path = table(tmp_path, "path,title,price,brand,SKU\np0002.jpg,a,1,x,p0003\n")
    assert list(of_table(small.snapshot(), path, only=["Brand", "title"]).cells) == [
        "title", "brand",
    ]  # fmt: skip
    by_sku = of_table(small.snapshot(), path, "SKU", ["title"])
    assert list(by_sku.cells) == ["title"]
    assert by_sku.ids == [small.snapshot().pool.ids[small.pool().rows_by_path["p0003.jpg"]]]


def test_a_second_import_says_what_it_replaces_and_is_taken_back(
    small: Project, tmp_path: Path
) -> None:
    first = table(tmp_path, "path,title\np0002.jpg,a\np0003.jpg,b\n")
    import_metadata(small.snapshot(), of_table(small.snapshot(), first), "one.csv")
    before = small.snapshot().metadata.version
    second = table(tmp_path, "path,TITLE,price\np0002.jpg,new,1\n")
    seen = of_table(small.snapshot(), second)
    assert [(one.name, one.replaces) for one in seen.columns] == [("title", True), ("price", False)]
    assert "replaced for the images that it names: title" in " ".join(seen.remarks("The table"))
    import_metadata(small.snapshot(), seen, "two.csv")
    assert column(small, "title") == {"p0002.jpg": "new", "p0003.jpg": "b"}
    assert take_back(small.workspace.root).what == "two.csv"
    assert column(small, "title") == {"p0002.jpg": "a", "p0003.jpg": "b"}
    assert small.snapshot().metadata.version == before


def test_files_beside_images(small: Project) -> None:
    folder = small.workspace.images
    (folder / "p0002.json").write_text('{"title": "red", "stars": 4}')
    (folder / "copy.txt").write_text("of a copy")
    seen = of_sidecars(small.snapshot())
    import_metadata(small.snapshot(), seen, "files")
    assert column(small, "stars") == {"p0002.jpg": 4}
    assert list(column(small, "text").values()) == ["of a copy"]


def test_exif_data_and_places_only_where_asked(small: Project) -> None:
    with pytest.raises(WinnowError, match="No image of the collection says"):
        of_exif(small.snapshot())
    folder = small.workspace.images
    picture(folder / "new.jpg", Model="Cam", original="2024:05:01 08:30:00", gps=BERN)
    embed(small.workspace, ColourEncoder())
    seen = of_exif(small.snapshot())
    assert dict(seen.kinds) == {"exif_time": "date", "exif_camera": "text"}
    with_places = of_exif(small.snapshot(), gps=True)
    assert dict(with_places.kinds)["exif_latitude"] == "number"
    assert with_places.matched == 1


def test_captions_labels_and_predictions_do_not_change(small: Project, tmp_path: Path) -> None:
    files = {p: p.read_bytes() for p in small.workspace.root.glob("*") if p.is_file()}
    files.pop(small.workspace.root / "activity.jsonl")  # which notes the import
    path = table(tmp_path, "path,label,class\np0002.jpg,a,b\n")
    import_metadata(small.snapshot(), of_table(small.snapshot(), path), "t")
    assert {p: p.read_bytes() for p in files} == files
    assert small.snapshot().metadata.names == ("label", "class")
