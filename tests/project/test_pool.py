"""The pool reads vectors from the store's files; only who asks for all of them pays for a copy."""

from __future__ import annotations

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
