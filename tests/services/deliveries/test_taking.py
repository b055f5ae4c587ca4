"""What is done with a delivery: labeled on, exported, folded into the collection."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from colours import ColourEncoder
from services.deliveries.delivering import CLASSES, pictures, received, sorter_of

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.deliveries.folding import fold_in
from core.services.deliveries.records import Record, records, table_of
from core.services.deliveries.taking import check_export, export, workspace_for
from core.services.deliveries.taking import sorter_of as model
from core.store.workspace import load

Shelf = tuple[Path, Record, Path]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A delivery of nine pictures and a copy; the folder of records, its record, its images."""
    sorter = sorter_of(pictures(tmp_path / "collection", (20, 20, 20), 0), tmp_path / "ws")
    folder = pictures(tmp_path / "deliveries in/May [1]", (3, 3, 3), 1)
    shutil.copy(folder / "red000.jpg", folder / "again.jpg")
    return tmp_path / "records", received(folder, sorter, tmp_path / "records").record, folder


def state(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_workspace_with_the_classes_of_the_model(shelf: Shelf) -> None:
    place, record, folder = shelf
    root, spec = workspace_for(place, record)
    project = Project(load(root))
    assert spec == "colours" and project.workspace.images == folder
    assert project.classes().names == ["red", "green", "blue"]
    assert records(place)[0].steps[0].endswith("labeled on")
    project.save_vocabulary(Vocabulary.of({"own": ["x"], "other": ["y"]}))
    assert workspace_for(place, record)[0] == root
    assert Project(load(root)).classes().names == ["own", "other"]


def test_the_class_of_none_of_these_stays_one_without_prompts(tmp_path: Path) -> None:
    classes = CLASSES.with_none("something else")
    sorter = sorter_of(pictures(tmp_path / "ours", (9, 9, 9), 0), tmp_path / "ws", classes)
    folder, place = pictures(tmp_path / "May", (3, 3, 3), 1), tmp_path / "records"
    root, _ = workspace_for(place, received(folder, sorter, place).record)
    assert Project(load(root)).classes() == classes


def test_accepted_it_lies_in_class_folders(shelf: Shelf, tmp_path: Path) -> None:
    place, record, folder = shelf
    before = state(folder)
    out = tmp_path / "out"
    check_export(record, out)
    outcome = export(place, record, model(place, record), ColourEncoder(), out, Report())
    assert outcome.counted.classified == 10
    assert {path.name for path in (out / "red").iterdir()} >= {"red000.jpg", "red001.jpg"}
    assert state(folder) == before
    with pytest.raises(WinnowError, match="not empty"):
        check_export(record, out)


def test_folded_in_nothing_is_moved_or_written_over(shelf: Shelf, tmp_path: Path) -> None:
    place, record, folder = shelf
    collection = tmp_path / "collection"
    before, own = state(folder), state(collection)
    (collection / "May -1").mkdir()
    ids = {table_of(place, record, ["path", "id"]).rows()[1][1]}
    folded = fold_in(place, record, collection, ids, Report())
    assert folded.folder == collection / "May -1-2"
    assert folded.images == 8 and folded.there == 2
    assert state(folder) == before
    after = state(collection)
    assert {name: after[name] for name in own} == own
    copies = state(folded.folder)
    assert set(copies.values()) < set(before.values()) and len(copies) == 8
    assert not [path for path in collection.iterdir() if path.name.startswith(".")]
    again = fold_in(place, record, collection, set(table_of(place, record)["id"]), Report())
    assert again.folder is None and again.images == 0


def test_what_changed_since_it_came_is_not_folded_in(shelf: Shelf, tmp_path: Path) -> None:
    place, record, folder = shelf
    before = state(tmp_path / "collection")
    (folder / "green001.jpg").write_bytes((folder / "green002.jpg").read_bytes())
    with pytest.raises(WinnowError, match="has changed"):
        fold_in(place, record, tmp_path / "collection", set(), Report())
    (folder / "green001.jpg").unlink()
    with pytest.raises(WinnowError, match="cannot be read"):
        fold_in(place, record, tmp_path / "collection", set(), Report())
    assert state(tmp_path / "collection") == before


def test_part_of_the_collection_already(shelf: Shelf) -> None:
    place, record, folder = shelf
    with pytest.raises(WinnowError, match="already"):
        fold_in(place, record, folder.parent, set(), Report())
