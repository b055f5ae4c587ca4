"""Folder names as truth: at the innermost folder that is a class, or at one level of the paths."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from core.project.pool import Pool
from core.project.project import Project
from core.services.data.folders import counted, naming
from core.services.metrics.truth import folder_truth, truth_beside
from core.store.catalog import ImageRow
from core.store.csv_tables import read_labels
from core.store.workspace import point_to


def pool_of(*paths: str) -> Pool:
    files = [[ImageRow(path, 1, 1, id=f"{n:032x}")] for n, path in enumerate(paths)]
    ids = [rows[0].id or "" for rows in files]
    return Pool(ids, files, "v", "x", places=np.arange(len(ids)))


def test_no_image_is_dropped_for_the_spelling_of_its_folder(tmp_path: Path) -> None:
    many = [f"Packages/Milk/Oat-Milk/{n}.jpg" for n in range(515)]
    others = [f"Fruit/Apple/Royal_Gala/{n}.jpg" for n in range(100)]
    pool = pool_of(*many, *others, "Fruit/Pear/x/1.jpg")
    classes = ["Oat Milk", "Royal Gala"]
    for level in (None, 3):
        truth = folder_truth(pool, classes, level)
        assert {truth[path] for path in many} == {"Oat Milk"}
        assert {truth[path] for path in others} == {"Royal Gala"}
        assert len(truth) == 615
        seen = naming(counted(pool.rows_by_path), classes, level)
        assert (seen.images, seen.outside) == (615, {"x": 1})


def test_a_level_takes_one_part_of_the_path_alone() -> None:
    pool = pool_of("fruit/apple/1.jpg", "apple/fruit/2.jpg", "fruit/3.jpg", "4.jpg")
    assert folder_truth(pool, ["apple", "fruit"]) == {
        "fruit/apple/1.jpg": "apple", "apple/fruit/2.jpg": "fruit", "fruit/3.jpg": "fruit",
    }  # fmt: skip
    assert folder_truth(pool, ["apple", "fruit"], 1) == {
        "fruit/apple/1.jpg": "fruit", "apple/fruit/2.jpg": "apple", "fruit/3.jpg": "fruit",
    }  # fmt: skip
    assert folder_truth(pool, ["apple", "fruit"], 2) == {
        "fruit/apple/1.jpg": "apple", "apple/fruit/2.jpg": "fruit",
    }  # fmt: skip


def test_a_truth_file_is_read_again_when_it_changes(project: Project, tmp_path: Path) -> None:
    images = shutil.copytree(project.workspace.images, tmp_path / "own")
    moved = Project(point_to(project.workspace, images))
    table = images / "truth.csv"
    first = truth_beside(moved.snapshot())
    assert first is not None and dict(first) == dict(read_labels(table))
    assert truth_beside(moved.snapshot()) is first
    path = next(iter(first))
    table.write_text(f"path,label\n{path},other\n")
    second = truth_beside(moved.snapshot())
    assert second is not None and dict(second) == {path: "other"}
    table.unlink()
    assert truth_beside(moved.snapshot()) is None
