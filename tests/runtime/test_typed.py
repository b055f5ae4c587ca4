"""Paths as they come from a clipboard."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime import roots
from core.runtime.typed import address_path, typed_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")

AROUND = [
    ("", ""),
    ("  ", "\n"),
    ('"', '"'),
    ("'", "'"),
    (' "', '" '),
    ("\u201c", "\u201d"),
    ("\u2018", "\u2019"),
    ("\u201e", "\u201c"),
    ("\u00ab", "\u00bb"),
    ("`", "`"),
    ("<", ">"),
    ("\u202a", "\u202c"),
    ("\ufeff", "\u200b"),
    ("\u00a0", "\u3000"),
    ("'\"", "\"'"),
]
NAMES = [
    "in",
    "my photos",
    "Fotos größe",
    "a%20b",
    "[2024]",
    "it's",
    "a#b?c",
    "x & y",
    "猫",
    "$HOME",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("before", "after"), AROUND)
def test_a_folder_is_found_whatever_is_around_its_path(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for path in (str(folder), f"{folder}/", f"file://{quote(str(folder))}"):
        assert typed_path(f"{before}{path}{after}").resolve() == folder


@pytest.mark.parametrize(
    "form",
    [
        "file://{}", "file:{}", "FILE://{}", "file://localhost{}", "file:////{}",
        "file:/localhost{}",
    ],
)  # fmt: skip
def test_every_form_of_a_file_address(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "größe [1]"
    folder.mkdir()
    text = form.format(quote(str(folder)))
    assert typed_path(text).resolve() == folder
    assert address_path(text).resolve() == folder
    assert address_path(str(Path(text))).resolve() == folder  # as a command line hands it on


def test_addresses_of_windows_and_of_shares() -> None:
    for text in ("file:///C:/My%20Photos", "file:/C:/My%20Photos", "file:///C|/My%20Photos"):
        assert str(typed_path(text)) == "C:/My Photos"
    assert str(typed_path("file://nas/photos/2024")) == "//nas/photos/2024"


def test_bytes_that_are_not_utf8_come_back_from_an_address(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/Gr\xf6\xdfe"
    os.mkdir(folder)  # noqa: PTH102 - a name of bytes
    assert os.fsencode(typed_path(f"file://{quote(folder)}")) == folder


def test_spaces_that_a_terminal_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "my photos (1) [x]"
    folder.mkdir()
    escaped = str(folder)
    for char in " ()[]":
        escaped = escaped.replace(char, f"\\{char}")
    assert typed_path(escaped) == folder


def test_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SECRET", "hush")
    (tmp_path / "photos").mkdir()
    for text in ("~/photos", "$HOME/photos", "${HOME}/photos", '"~/photos/"', "'$HOME/photos'"):
        assert typed_path(text) == tmp_path / "photos"
    assert "hush" not in str(typed_path("$SECRET/photos"))
    assert typed_path("~") == tmp_path
    assert typed_path("$HOMELESS") == Path("$HOMELESS")


@pytest.mark.parametrize("name", ['"quoted"', "'q'", " spaces ", "file:", "a\\ b", "~", "<x>"])
def test_what_is_really_called_so_is_taken_so(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    assert typed_path(name) == Path(name)


def test_the_other_spelling_of_accents_is_found(tmp_path: Path) -> None:
    one, two = (tmp_path / unicodedata.normalize(form, "Größe") for form in ("NFC", "NFD"))
    one.mkdir()
    assert typed_path(str(two)) == one
    two.mkdir()
    assert (typed_path(str(two)), typed_path(str(one))) == (two, one)


def test_a_new_folder_is_named_without_what_is_around() -> None:
    assert typed_path('  "/out/new folder/" ') == Path("/out/new folder")
    assert typed_path("file:///out/new%20folder") == Path("/out/new folder")
    assert typed_path("") == typed_path(' "" ') == Path()


def test_what_lies_outside_the_allowed_folders_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / '"').mkdir()
    (tmp_path / '"' / 'x"').mkdir()
    literal = f'{tmp_path}/"/x"'
    try:
        roots.limit_to([tmp_path / "inside"])
        assert typed_path(f" {literal}") == Path(literal)
    finally:
        roots.lift()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_some_path(text: str) -> None:
    assert isinstance(typed_path(text), Path)
    assert isinstance(address_path(text), Path)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_an_address_gives_the_path_it_was_made_of(name: str) -> None:
    assert os.fspath(typed_path(f"file:///nowhere-at-all/{quote(name, safe='')}/x")) == os.fspath(
        Path(f"/nowhere-at-all/{name}/x")
    )
