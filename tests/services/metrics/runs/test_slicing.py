"""The slices that are looked at: folders, sizes, shapes, tags, columns; each once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from core.learn.judging.slices import LEAST
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.services.metrics.runs.slicing import slices
from core.store.metadata.table import MetadataTable


def named(snapshot: Snapshot, rows: np.ndarray, **more: object) -> dict[tuple[str, str], int]:
    found = slices(snapshot, rows, **more)
    return {(part.kind, part.name): int(part.inside.sum()) for part in found}


def in_folders(snapshot: Snapshot) -> Snapshot:
    """The same images in folders of two levels."""
    folders = ["a/x", "a/y", "b/x", "c"]
    files = [
        [replace(files[0], path=f"{folders[row % 4]}/{files[0].path}", width=90 + row)]
        for row, files in enumerate(snapshot.pool.files)
    ]
    return replace(snapshot, pool=replace(snapshot.pool, files=files))


def test_folders_and_sizes(project: Project) -> None:
    snapshot = in_folders(project.snapshot())
    rows = np.arange(len(snapshot))
    found = slices(snapshot, rows)
    folders = {part.name: part.inside for part in found if part.kind == "folder"}
    assert set(folders) == {"a", "a/x", "a/y", "b", "c"}  # b/x is the whole of b
    for name, inside in folders.items():
        there = [snapshot.pool.paths[row].startswith(f"{name}/") for row in rows]
        assert there == inside.tolist()
    sizes = [part.inside for part in found if part.kind == "size"]
    assert (np.sum(sizes, axis=0) == 1).all() and len(sizes) == 3
    assert len({part.inside.tobytes() for part in found}) == len(found)


def test_few_images_are_no_slice(project: Project) -> None:
    snapshot = in_folders(project.snapshot())
    some = np.arange(len(snapshot))[::2]
    for part in slices(snapshot, some):
        assert len(part.inside) == len(some)
        assert LEAST <= part.inside.sum() <= len(some) - LEAST
    assert slices(snapshot, some[:4]) == []


def test_tags(project: Project) -> None:
    snapshot = project.snapshot()
    has = np.arange(len(snapshot)) % 3 == 0
    found = named(snapshot, np.arange(len(snapshot)), tags={"old": has})
    assert found[("tag", "old")] == 20 and found[("tag", "not old")] == 40


def test_columns_that_people_brought(project: Project) -> None:
    snapshot = project.snapshot()
    ids = snapshot.pool.ids[:50]  # ten have no row
    table = MetadataTable(
        ("site", "grams", "words"),
        {"site": "category", "grams": "number", "words": "text"},
        "1",
        ids,
        {
            "site": pl.Series(["north", None, "süd <b>", "süd <b>", None] * 10),
            "grams": pl.Series([float(n) for n in range(49)] + [None]),
            "words": pl.Series([f"all different {n}" for n in range(50)]),
        },
    )
    found = named(replace(snapshot, read_metadata=lambda: table), np.arange(60))
    assert found[("site", "north")] == 10 and found[("site", "süd <b>")] == 20
    assert [key[1] for key in found if key[0] == "grams"] == ["up to 16", "16 to 32", "over 32"]
    assert not [key for key in found if key[0] == "words"]
