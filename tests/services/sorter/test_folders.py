"""Class folders by a model file: the same writer as a run's, nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from colours import ColourEncoder
from services.sorter.classify_colours import embedded, model_file

from core.export.record.run import load_manifest
from core.images.hash import content_id
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import replay
from core.services.sorter import folders
from core.services.sorter.running import Outcome, Wanted, run
from core.sorter.sorter import Sorter


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Sorter]:
    project, truth = embedded(tmp_path / "pictures", tmp_path / "ws", 40)
    folder = project.workspace.images
    (folder / "bad.jpg").write_bytes(b"no picture")
    (folder / "twin.jpg").write_bytes((folder / "p0000.jpg").read_bytes())
    return folder, model_file(project, truth, tmp_path / "a.winnow")


def sort(
    pictures: tuple[Path, Sorter], out: Path, below: float | None, table: Path | None = None
) -> Outcome:
    wanted = Wanted(folders.options("copy", below), table, out)
    return run(*pictures, ColourEncoder(), wanted, Report())


def test_every_image_lies_in_the_folder_of_its_class_or_in_review(
    pictures: tuple[Path, Sorter], tmp_path: Path
) -> None:
    out, table = tmp_path / "sorted", tmp_path / "all.parquet"
    sort(pictures, tmp_path / "once", None, table)
    middle = float(pl.read_parquet(table)["probability"].median() or 0)
    outcome = sort(pictures, out, middle)
    manifest = load_manifest(out)
    assert manifest["options"]["model_file"]["name"] == "colours"
    assert manifest["counts"]["classes"] == outcome.counted.classes
    assert manifest["counts"]["review"] == outcome.counted.review > 0
    assert [entry["path"] for entry in manifest["rejected"]] == ["bad.jpg"]
    by_path = {row["path"]: row for row in pl.read_parquet(table).iter_rows(named=True)}
    assert len(manifest["files"]) == len(by_path) == 41
    for entry in manifest["files"]:
        row = by_path[entry["path"]]
        assert entry["class"] == row["class"]
        assert entry["review"] == (row["probability"] < middle)
        assert content_id((out / entry["file"]).read_bytes()) == row["id"]
    metadata = json.loads((out / "metadata.json").read_text())
    flags = {entry["path"]: entry["flags"] for entry in metadata["images"]}
    assert flags["twin.jpg"] == ["exact-duplicate"] and flags["p0000.jpg"] == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_is_there_is_never_overwritten(pictures: tuple[Path, Sorter], tmp_path: Path) -> None:
    sort(pictures, tmp_path / "sorted", None)
    with pytest.raises(WinnowError, match="is not empty"):
        sort(pictures, tmp_path / "sorted", None)


def test_a_replay_says_to_use_the_model_file(pictures: tuple[Path, Sorter], tmp_path: Path) -> None:
    sort(pictures, tmp_path / "sorted", None)
    with pytest.raises(WinnowError, match="winnow classify"):
        replay.options_of(load_manifest(tmp_path / "sorted"))


def test_places_among_the_images_are_refused(pictures: tuple[Path, Sorter]) -> None:
    folder, sorter = pictures
    for table, out in ((folder / "a.csv", None), (None, folder / "sorted")):
        wanted = Wanted(folders.options("copy"), table, out)
        with pytest.raises(WinnowError, match="outside"):
            run(folder, sorter, ColourEncoder(), wanted, Report())
