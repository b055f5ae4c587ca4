"""The pool reads vectors from the store's files; only who asks for all of them pays for a copy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from searches import find

from core.embedding.run import embed
from core.project import pool as pools
from core.project.project import Project
from core.services.search.request import Request
from core.services.tags.tagging import tagging_of
from core.store.catalog import read_catalog, to_frame, to_rows, write_catalog
from core.store.vectors import VectorStore
from core.tags.vocabulary import Tag, Tags


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Pictures that were embedded in another order than that of their names, some gone since."""
    folder = tmp_path / "pictures"
    write_pictures(folder / "z", 20)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    write_pictures(folder / "a", 30, seed=1)
    (folder / "z/p0003.jpg").unlink()
    embed(project.workspace, ColourEncoder())
    monkeypatch.setattr(pools, "_BLOCK", 7)
    return project


def copied(project: Project) -> bool:
    return "vectors" in vars(project.pool())


def test_vectors_some_and_blocks_are_the_stored_ones(project: Project) -> None:
    pool = project.pool()
    store = VectorStore.peek(project.workspace.vectors("colours-1"))
    assert len(store) == len(pool) + 1
    expected = store.get(pool.ids)
    rows = np.array([40, 3, 3, 0])
    np.testing.assert_array_equal(pool.some(rows), expected[rows])
    np.testing.assert_array_equal(np.concatenate(list(pool.blocks())), expected)
    assert max(map(len, pool.blocks())) == 7
    assert not copied(project)
    assert not pool.vectors.flags.writeable
    np.testing.assert_array_equal(pool.vectors, expected)
    np.testing.assert_array_equal(pool.some(rows), expected[rows])


def test_a_pool_of_nothing_has_no_vectors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    pool = Project.open(tmp_path / "empty", tmp_path / "ws").pool()
    assert pool.vectors.shape == (0, 1)
    assert list(pool.blocks()) == []


def test_search_and_tags_make_no_copy_and_find_the_same(project: Project) -> None:
    pool = project.pool()
    found = find(project, Request("red", like=(pool.ids[5],), k=49, method="exact"))
    assert len(found.results) == 48
    by_text = find(project, Request("a red one", k=49))
    tagged = tagging_of(project).score(project.snapshot(), Tags((Tag("red"), Tag("blue"))))
    assert not copied(project)
    scores = pool.vectors @ project.snapshot().text_vectors(["a red one"])[0]
    order = np.argsort(-scores, kind="stable")
    assert [pool.rows[r.id] for r in by_text.results] == order.tolist()
    assert [r.score for r in by_text.results] == pytest.approx(scores[order].tolist(), abs=1e-5)
    red = {path for path, row in pool.rows_by_path.items() if tagged["red"].bands[row] == 2}
    assert red and {int(path[-8:-4]) % 3 for path in red} == {0}


def test_files_that_change_while_they_are_read_are_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what is remembered for a version would belong to images of another moment."""
    workspace, reading = project.workspace, pools.read_catalog
    rows = to_rows(reading(workspace.catalog))
    write_catalog(workspace.catalog, to_frame(rows[:10]))
    grown = iter((20, 30))

    def read(path: Path) -> object:
        catalog = reading(path)
        if count := next(grown, None):
            write_catalog(workspace.catalog, to_frame(rows[:count]))
        return catalog

    monkeypatch.setattr(pools, "read_catalog", read)
    pool = pools.load_pool(workspace)
    assert (len(pool), pool.version) == (30, pools.pool_version(workspace))
    assert pool.waiting == len(rows) - 30


def test_files_that_never_stand_still_make_no_two_pools_of_one_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, reading = project.workspace, pools.read_catalog
    rows, count = to_rows(reading(workspace.catalog)), 3

    def read(path: Path) -> object:
        nonlocal count
        catalog = reading(path)
        count += 1
        write_catalog(workspace.catalog, to_frame(rows[:count]))
        return catalog

    monkeypatch.setattr(pools, "read_catalog", read)
    versions = {}
    for _ in range(4):
        pool = pools.load_pool(workspace)
        assert versions.setdefault(pool.version, pool.ids) == pool.ids
    assert len(versions) == 4


def test_vectors_that_no_row_speaks_of_change_nothing(project: Project) -> None:
    before = project.pool()
    identity = project.workspace.encoder.identity
    store = VectorStore(project.workspace.vectors(identity), 48, writable=True)
    store.append(["ab" * 16], np.full((1, 48), 0.1))
    assert project.pool() is before
    assert before.waiting == 0


def test_rows_without_vectors_wait_until_they_have_them(project: Project) -> None:
    workspace = project.workspace
    rows = to_rows(read_catalog(workspace.catalog))
    write_catalog(workspace.catalog, to_frame([*rows, replace(rows[0], path="new", id="cd" * 16)]))
    before = project.pool()
    assert before.waiting == 1
    store = VectorStore(workspace.vectors("colours-1"), 48, writable=True)
    store.append(["cd" * 16], np.full((1, 48), 0.1))
    assert len(project.pool()) == len(before) + 1
    assert project.pool().waiting == 0


def test_what_pages_ask_of_files_is_of_the_files(project: Project) -> None:
    rows = to_rows(read_catalog(project.workspace.catalog))
    rows[7] = replace(rows[7], notes="read with a remark")
    write_catalog(project.workspace.catalog, to_frame(rows))
    pool = project.pool()
    noted = [any_.notes is not None for any_, *_ in pool.files]
    assert pool.noted.tolist() == noted and sum(noted) == 1
    rows[7] = replace(rows[7], notes=None)
    write_catalog(project.workspace.catalog, to_frame(rows))
    assert not project.pool().noted.any()
