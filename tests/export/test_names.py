"""Folder and file names from anything people type."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.export import names
from core.export.names import (
    MAX_FILE_BYTES,
    MAX_FOLDER_BYTES,
    RESERVED,
    distinct_file_names,
    fold,
    safe_file_name,
    safe_folder_names,
    with_note,
)

# Names that go wrong somewhere, mixed with any text at all (surrogates included).
TRICKY = [
    *("", ".", "..", " ", "-", "a", "A", "a ", "a.", "a (2)", "A (2)", "a (3)"),
    *("a/b", "a\\b", "a_b", "../..", "a\0b", "a\nb", "\u200d", "\ufeff", "\ud800", "\u202ea"),
    *("CON", "con", "nul.txt", "COM\u00b9", "review", "Review", "REVIEW (class)", "splits"),
    # Composed and decomposed, and letters whose cases do not come in pairs.
    *("\u00e1", "a\u0301", "\u00df", "SS", "\u0130", "i\u0307", "\u0131", "\u01c5", "\u212a", "k"),
    *("\ufb01", "fi", "metadata.json", "x" * 400, "\u00e9" * 200),
]
HOSTILE = st.one_of(
    st.sampled_from(TRICKY),
    st.text(alphabet=st.characters(), max_size=40),
    st.text(alphabet="aAbB.()2 /_ß", max_size=6),
)


def assert_safe(name: str, limit: int) -> None:
    assert name not in ("", ".", "..")
    assert not set('<>:"/\\|?*') & set(name)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
    assert name == name.strip(" .") == name.strip()
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.encode()) <= limit
    stem = name.split(".")[0].rstrip().upper()
    assert stem not in {"CON", "PRN", "AUX", "NUL", "COM1", "COM¹", "LPT9", "CONIN$"}


@given(st.lists(HOSTILE, max_size=30))
def test_folder_names_are_safe_and_distinct_whatever_the_classes(classes: list[str]) -> None:
    folders = safe_folder_names(classes)
    assert list(folders) == list(dict.fromkeys(classes))
    for name in folders.values():
        assert_safe(name, MAX_FOLDER_BYTES)
    for caseless in (str.lower, str.upper, str.casefold, fold):
        every = [unicodedata.normalize("NFC", caseless(name)) for name in folders.values()]
        every += [unicodedata.normalize("NFC", caseless(name)) for name in RESERVED]
        assert len(set(every)) == len(every)


@given(st.lists(HOSTILE, max_size=30), st.randoms(use_true_random=False))
def test_folder_names_are_idempotent_and_ignore_order(classes: list[str], random) -> None:
    folders = safe_folder_names(classes)
    again = safe_folder_names(list(folders.values()))
    assert all(name == folder for name, folder in again.items())
    shuffled = list(classes)
    random.shuffle(shuffled)
    assert safe_folder_names(shuffled) == folders


@given(HOSTILE)
def test_folder_names_can_really_be_made(tmp_path_factory, name: str) -> None:
    folder = safe_folder_names([name])[name]
    place = tmp_path_factory.getbasetemp() / "names" / folder
    place.mkdir(parents=True, exist_ok=True)
    assert place.parent.name == "names"
    assert folder in {entry.name for entry in place.parent.iterdir()}


@pytest.mark.parametrize(
    "name",
    ["t-shirt", "Émile's café", "日本語", "a & b, 50% (new)", "👩‍🚀 space", "نمی‌دانم", "C++"],
)
def test_readable_names_stay(name: str) -> None:
    assert safe_folder_names([name]) == {name: name}


def test_clashing_and_reserved_names_get_a_readable_suffix() -> None:
    assert safe_folder_names(["dress", "Dress", "DRESS"]) == {
        "dress": "dress (3)",
        "Dress": "Dress (2)",
        "DRESS": "DRESS",
    }
    assert safe_folder_names(["review", "CON", "a/b", "..", "a_b", "a", "a."]) == {
        "review": "review (class)",
        "CON": "_CON",
        "a/b": "a_b (2)",
        "..": "unnamed",
        "a_b": "a_b",
        "a": "a",
        "a.": "a (2)",
    }


def test_long_names_are_cut_between_characters_and_stay_apart() -> None:
    folders = safe_folder_names(["é" * 200 + "1", "é" * 200 + "2"])
    assert sorted(folders.values()) == ["é" * 58 + " (2)", "é" * 60]


@given(HOSTILE, st.sampled_from(["", ".jpg", ".JPEG", ".webp"]))
@example("0 .0 ", "")
def test_file_names_are_safe_and_keep_their_suffix(stem: str, suffix: str) -> None:
    name = safe_file_name(stem + suffix)
    assert_safe(name, MAX_FILE_BYTES)
    assert name.endswith(suffix)
    assert safe_file_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["IMG_0001.JPG", "a b (2).jpeg", "odd .jpg", "<script>.png", "..jpg", "nul.jpg", ".hidden.jpg"],
)
def test_file_name_examples(name: str) -> None:
    changed = {
        "<script>.png": "_script_.png",
        "..jpg": "unnamed.jpg",
        "nul.jpg": "_nul.jpg",
        ".hidden.jpg": "hidden.jpg",
    }
    assert safe_file_name(name) == changed.get(name, name)


def test_a_name_of_undecodable_bytes_becomes_writable(tmp_path: Path) -> None:
    name = safe_file_name(b"caf\xe9.jpg".decode("utf-8", "surrogateescape"))
    assert name == "caf_.jpg"
    (tmp_path / name).write_bytes(b"x")


def test_a_numbered_name_never_takes_the_name_of_a_real_file() -> None:
    names = distinct_file_names([("a.jpg", []), ("a.jpg", []), ("A.JPG", []), ("a (2).jpg", [])])
    assert names == ["a.jpg", "a (3).jpg", "A (4).JPG", "a (2).jpg"]


def test_a_note_fits_even_a_long_name() -> None:
    name = with_note("x" * 236 + ".jpg", "holiday/2024")
    assert name.endswith("x (holiday_2024).jpg")
    assert len(name) == MAX_FILE_BYTES


@given(st.lists(HOSTILE, min_size=1, max_size=30))
def test_distinct_file_names_are_distinct(names: list[str]) -> None:
    wanted = [(safe_file_name(name), [with_note(safe_file_name(name), "up")]) for name in names]
    settled = distinct_file_names(wanted)
    assert len({fold(name) for name in settled}) == len(names)
    for name in settled:
        assert_safe(name, MAX_FILE_BYTES)


ORDINARY = st.one_of(
    HOSTILE,
    st.from_regex(r"[A-Za-z0-9_ .()~+-]{0,12}(\.[a-z0-9]{0,4})?", fullmatch=True),
    st.sampled_from(["aux .jpg", "CON", "con.tar.gz", "a .jpg", "a.", "a ", "x" * 240, "x" * 241]),
)


@given(ORDINARY)
def test_the_short_way_for_ordinary_names_changes_nothing(name: str) -> None:
    stem, suffix = names.split_suffix(name)
    by_all_rules = (
        names._clean(stem, MAX_FILE_BYTES - len(suffix), "unnamed", is_end=not suffix) + suffix
    )
    assert safe_file_name(name) == by_all_rules


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_clash_when_they_differ_by_case_only(name: str) -> None:
    caseless = unicodedata.normalize("NFD", name).upper().casefold()
    assert fold(name) == caseless == fold(name.upper()) == fold(name.lower())
