"""Paths as other programs spell them find the file that is meant, or none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project.pool import Pool
from core.store.catalog import ImageRow


def pool_of(*paths: str, folder: str = "/data/My Photos") -> Pool:
    return Pool([], [[ImageRow(path, 1, 0)] for path in paths], "v", "e", folder=folder)


def found_by(pool: Pool, path: str) -> str | None:
    """The file that a path is matched with."""
    values = pool.match([(path, None)]).values
    return pool.paths[values[0][0]] if values else None


NFD = unicodedata.normalize("NFD", "a/Größe é.jpg")


@pytest.mark.parametrize(
    "spelled",
    [
        NFD,
        unicodedata.normalize("NFC", NFD),
        "a\\Größe é.jpg",
        "./a/Größe é.jpg",
        ".\\a\\Größe é.jpg",
        "A/GRÖSSE É.JPG",
        "a/Größe\u00a0é.jpg",
        " a/Größe é.jpg ",
        "a/Größe é.jpg\u200b",
        "/data/My Photos/a/Größe é.jpg",
        "My Photos/a/Größe é.jpg",
        "file:///data/My%20Photos/a/Gr%C3%B6%C3%9Fe%20%C3%A9.jpg",
        "a/Gr%C3%B6%C3%9Fe%20%C3%A9.jpg",
        '="a/Größe é.jpg"',
    ],
)
def test_spellings_of_other_programs_find_the_file(spelled: str) -> None:
    pool = pool_of("b.jpg", NFD, "c/Größe.jpg")
    assert found_by(pool, spelled) == NFD
    respelled = pool.match([(spelled, None)]).respelled
    assert respelled == ({} if spelled == NFD else {spelled: NFD})


def test_what_is_nearer_counts_first_and_what_is_unclear_not_at_all() -> None:
    both = (unicodedata.normalize("NFC", "é.jpg"), unicodedata.normalize("NFD", "é.jpg"))
    pool = pool_of("A.jpg", "a.JPG", "back\\slash.jpg", " lead.jpg", "lead.jpg", *both)
    for path in pool.paths:
        assert found_by(pool, path) == path
    match = pool.match([("a.jpg", 1), ("É.jpg", 2), ("gone.jpg", 3), ("Lead.jpg", 4)])
    assert match.values == []
    assert match.unclear == ["a.jpg", "É.jpg", "Lead.jpg"]
    assert match.missing == ["a.jpg", "É.jpg", "gone.jpg", "Lead.jpg"]
    assert found_by(pool, "back/slash.jpg") == "back\\slash.jpg"
    assert found_by(pool_of("'=x.jpg", "=x.jpg"), "'=x.jpg") == "'=x.jpg"
    assert found_by(pool_of("=x.jpg"), "'=x.jpg") == "=x.jpg"
    assert found_by(pool_of("a.jpg"), "/elsewhere/a.jpg") is None


def test_two_names_of_one_picture_are_not_unclear() -> None:
    files = [ImageRow("A.jpg", 1, 0), ImageRow("a.JPG", 1, 0)]
    assert len(Pool([], [files], "v", "e").match([("a.jpg", None)]).values) == 1


parts = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1)


@given(st.lists(st.lists(parts, min_size=1, max_size=3).map("/".join), unique=True, max_size=5))
def test_every_path_finds_itself(paths: list[str]) -> None:
    pool = pool_of(*paths)
    assert [found_by(pool, path) for path in paths] == paths
    assert pool.match([]).values == []


@given(st.lists(parts, min_size=1, max_size=2).map("/".join), st.text(max_size=20))
def test_no_text_does_more_than_find_nothing(path: str, text: str) -> None:
    assert found_by(pool_of(path), text) in (None, path)
