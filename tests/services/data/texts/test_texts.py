"""Columns of words, the words that tell groups apart, and texts that images share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from described import describe

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.texts.columns import texts_in, word_columns
from core.services.data.texts.repeated import repeated_texts
from core.services.data.texts.telling import class_words, telling_words
from core.store.captions import save_captions


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write_pictures(tmp_path / "images", 12)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    return project.use(ColourEncoder())


def paths_of(project: Project) -> list[str]:
    return project.pool().paths


def test_without_words_there_are_no_columns(project: Project) -> None:
    snapshot = project.snapshot()
    assert word_columns(snapshot) == {}
    with pytest.raises(WinnowError, match="No column holds words yet"):
        texts_in(snapshot)
    assert telling_words(snapshot, np.zeros(12, int), 2) == [[], []]


def test_texts_categories_and_captions_are_words_and_numbers_are_none(project: Project) -> None:
    paths = paths_of(project)
    describe(
        project,
        {"title": {paths[0]: "Hat"}, "brand": {paths[0]: "Acme", paths[1]: "Bo"},
         "Caption": {paths[2]: "own"}, "all": {paths[3]: "each"}},
        {"brand": "category"},
    )  # fmt: skip
    snapshot = project.snapshot()
    first = snapshot.pool.ids[0]
    save_captions(snapshot.workspace.captions, [(first, "a hat"), (first, "on a head")])
    snapshot = project.snapshot()
    columns = word_columns(snapshot)
    assert list(columns) == ["title", "brand", "Caption_metadata", "all_metadata", "caption"]
    assert texts_in(snapshot)[:5] == ["Hat. Acme. a hat on a head", "Bo", "own", "each", ""]
    assert texts_in(snapshot, "BRAND")[:2] == ["Acme", "Bo"]
    assert texts_in(snapshot, "caption_metadata")[2] == "own"
    assert texts_in(snapshot, "caption")[0] == "a hat on a head"
    with pytest.raises(WinnowError, match=r"no column of words 'x'.*title, brand"):
        texts_in(snapshot, "x")


def test_another_import_gives_other_words(project: Project) -> None:
    paths = paths_of(project)
    describe(project, {"title": dict.fromkeys(paths, "one")})
    assert set(texts_in(project.snapshot())) == {"one"}
    describe(project, {"title": dict.fromkeys(paths, "two")})
    assert set(texts_in(project.snapshot())) == {"two"}


def test_words_of_groups_are_those_of_the_columns_that_count(project: Project) -> None:
    paths = paths_of(project)
    titles = {path: "cat animal" if n % 2 else "car wheel" for n, path in enumerate(paths)}
    describe(project, {"title": titles, "note": dict.fromkeys(paths[::2], "secret")})
    groups = np.arange(12) % 2
    snapshot = project.snapshot()
    cars, cats = telling_words(snapshot, groups, 2)
    assert {each.word for each in cars} == {"car", "wheel", "secret"}
    assert {each.word for each in cats} == {"cat", "animal"}
    cars, _ = telling_words(snapshot.speaking("{title}"), groups, 2, most=1)
    assert len(cars) == 1 and cars[0].word in ("car", "wheel")
    words = class_words(snapshot, lambda: groups, 3, "basis")
    assert [set(own) for own in words] == [{"car", "wheel", "secret"}, {"cat", "animal"}, set()]
    assert class_words(snapshot, lambda: groups, 3, "basis") is words


def test_images_that_say_the_same_are_a_group(project: Project) -> None:
    paths = paths_of(project)
    texts = ["Sunny day at the beach", "sunny day at the beach!", "Sunny days at the beach",
             "Red hat", "Red hat", "red hat", "alone", " ", "  ", "", "?", "!"]  # fmt: skip
    describe(project, {"title": dict(zip(paths, texts, strict=True))})
    snapshot = project.snapshot()
    near = repeated_texts(snapshot, "title")
    assert [one.rows for one in near] == [(0, 1, 2), (3, 4, 5)]
    assert near[1].texts == (("Red hat", 2), ("red hat", 1)) and not near[1].same
    same = repeated_texts(snapshot, "title", near=False)
    assert [one.rows for one in same] == [(3, 4, 5), (0, 1)]
    describe(project, {"title": dict.fromkeys(paths[:2], "x")})
    assert [one.same for one in repeated_texts(project.snapshot())] == [True]
