"""A pool of columns says what one of lists says."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project import columns
from core.project import pool as pools
from core.project.columns import Files, PathIndex
from core.project.pool import Pool, load_pool
from core.project.project import Project
from core.store.catalog import ImageRow
from core.store.columnar.ids import IdColumn, IdIndex


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Pool, Pool]:
    """One collection as lists and as columns: with copies, and a file that is no image."""
    folder = tmp_path / "pictures"
    write_pictures(folder / "z", 20)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    write_pictures(folder / "a", 12, seed=1)
    for number, name in enumerate(("copy.jpg", "a/copy.jpg", "zz.jpg")):
        (folder / name).write_bytes((folder / f"z/p{7 * number % 10:04d}.jpg").read_bytes())
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    embed(project.workspace, ColourEncoder())
    few = load_pool(project.workspace)
    monkeypatch.setattr(pools, "MANY", 0)
    return replace(few, files=list(few.files)), load_pool(project.workspace)


def test_files_of_few_images_stay_as_they_were_made(both, monkeypatch) -> None:
    few, many = both
    monkeypatch.setattr(columns, "_OFTEN", 3)
    for files, stays in ((many.files, False), (listed(many), True)):
        seen = [files[2] for _ in range(6)]
        assert seen == [few.files[2]] * 6
        assert (seen[-1] is seen[-2]) == stays
        assert seen[0] is not seen[1]  # a look at one makes no others
        assert (next(iter(files)) is next(iter(files))) == stays
        assert list(files) == few.files and files[3:9] == few.files[3:9]


def test_files_of_some_images(both: tuple[Pool, Pool]) -> None:
    few, many = both
    assert isinstance(many.files, Files)
    for rows in ([], [5], [2, 3, 11, 7], np.flatnonzero(few.copies > 1), range(len(few))):
        part = many.files.of(np.array(rows, dtype=np.int64))
        assert list(part) == [few.files[row] for row in rows]
        assert list(part.ids) == [few.ids[row] for row in rows]
        assert part.counts.tolist() == [len(few.files[row]) for row in rows]


def listed(pool: Pool) -> Files:
    """Files of a pool, as those of few images are."""
    files = pool.files
    assert isinstance(files, Files)
    return Files(files._frame, files._ids, files._begins, len(files))


def test_columns_say_what_lists_say(both: tuple[Pool, Pool]) -> None:
    few, many = both
    assert isinstance(many.ids, IdColumn) and isinstance(few.ids, list)
    assert isinstance(many.files, Files) and isinstance(many.rows, IdIndex)
    assert isinstance(many.rows_by_path, PathIndex)
    assert (few.copies > 1).any()
    assert list(many.ids) == few.ids and many.ids == few.ids
    assert list(many.files) == few.files and many.files[3:9] == few.files[3:9]
    assert [many.files[row] for row in range(len(many))] == few.files
    assert many.files[-1] == few.files[-1] and many.files[::5] == few.files[::5]
    assert list(many.paths) == few.paths and many.paths[4] == few.paths[4]
    assert list(many.paths[2:5]) == few.paths[2:5]
    assert dict(many.rows) == few.rows
    assert dict(many.rows_by_path) == few.rows_by_path
    assert dict(many.rows_by_path.items()) == few.rows_by_path
    assert len(many.rows_by_path) == len(few.rows_by_path)
    assert "no such path" not in many.rows_by_path
    for name in ("copies", "noted", "places", "id_bytes"):
        np.testing.assert_array_equal(getattr(many, name), getattr(few, name))
    assert (many.bytes_total, many.waiting) == (few.bytes_total, few.waiting)
    assert many.digest(7) == few.digest(7)
    for field in fields(ImageRow):
        if field.name not in ("id", "problem"):
            assert many.noticed(field.name) == few.noticed(field.name)


def test_columns_are_asked_as_lists_are(both: tuple[Pool, Pool]) -> None:
    few, many = both
    asked = [few.ids[5], "ab" * 16, few.ids[2], "no id"]
    np.testing.assert_array_equal(many.rows_of(asked), few.rows_of(asked))
    assert many.rows_of([]).shape == (0,)
    values = [("./z/p0003.jpg", 1), ("a/copy.jpg", 2), ("nothing", 3), ("Z/P0004.JPG", 4)]
    assert many.match(values) == few.match(values)


def test_vectors_of_columns_stay_on_disk(both: tuple[Pool, Pool]) -> None:
    few, many = both
    rows = np.array([3, 1, 17])
    np.testing.assert_array_equal(many.stored[rows], few.vectors[rows])
    np.testing.assert_array_equal(np.asarray(many.stored), few.stored)
    np.testing.assert_array_equal(np.concatenate(list(many.blocks())), few.vectors)
    part = few.vectors[:, 3:20] / np.linalg.norm(few.vectors[:, 3:20], axis=1, keepdims=True)
    np.testing.assert_allclose(many.part(slice(3, 20))[:], part, rtol=1e-5, atol=1e-7)
    assert "vectors" not in vars(many)
