"""One spelling for names: what is kept, what nobody sees goes, and what people read as the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.spelling import (
    MAX_NAME,
    Matcher,
    alike,
    alike_path,
    clean,
    fault,
    pair,
    same,
    twins,
)

NASTY = (
    "\u200c\u200d\u00ad \u00a0\ufeff\u200be\u0301ßẞİıΣςａﬁ\u0345\u094d-_/\\.\u1e9b\u0323\x00\x85"
)
texts = st.text(max_size=12) | st.text(alphabet=NASTY, max_size=12)
names = texts.map(clean).filter(bool)


@given(texts)
def test_every_form_is_stable_and_coarser_than_the_one_before(text: str) -> None:
    for form in (clean, same, alike, alike_path):
        assert form(form(text)) == form(text)
    assert same(clean(text)) == same(text)
    assert alike(same(text)) == alike(text)
    for normal in ("NFC", "NFD"):
        assert same(unicodedata.normalize(normal, text)) == same(text)


@given(texts)
def test_a_clean_name_is_one_line_that_can_be_written(text: str) -> None:
    name = clean(text)
    name.encode()
    assert name == name.strip() and "  " not in name
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("\ufeffcat", "cat"),
        ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"),
        ("running\u00a0shoe", "running shoe"),
        ("running  shoe\t", "running shoe"),
        ("two\r\nlines", "two lines"),
        ("cafe\u0301", "café"),
        ("\u3000箱\u3000", "箱"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🍳", "👩\u200d🍳"),
        ("ന്\u200d", "ന്\u200d"),
        ("\u200dcat\u200d", "cat"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u200b", ""),
        ("\u3164", ""),
        ("\u2800 \u00a0", ""),
        ("\u0301", ""),
        ("-", "-"),
        ("001", "001"),
    ],
)
def test_what_is_seen_stays_and_what_is_not_goes(spelled: str, name: str) -> None:
    assert clean(spelled) == name


def test_why_a_text_is_no_name() -> None:
    assert fault("a") is None and fault("n" * MAX_NAME) is None
    assert fault("n" * 300) == "has 300 characters, at most 200 fit"
    for nothing in ("", " ", "\u200b", "\u3164"):
        assert fault(nothing) == "shows nothing, so it is no name"


def test_a_name_is_found_exactly_then_the_same_then_alike_and_never_by_guessing() -> None:
    find = Matcher.of(["Oat-Milk", "t-shirt", "t shirt", "café", "می\u200cخواهم", "001", "1"])
    assert (
        find("Oat-Milk") == find("oat milk") == find("OAT_MILK") == find("Ｏat Milk") == "Oat-Milk"
    )
    assert find("t_shirt") is None, "two are alike"
    assert find("T-Shirt") == "t-shirt" and find("T SHIRT") == "t shirt"
    assert find("cafe\u0301") == find("CAFÉ") == "café"
    assert find("میخواهم") == "می\u200cخواهم"
    assert (find("001"), find("01"), find("1")) == ("001", None, "1")
    assert find("") is None and find("\u200b") is None
    strict = Matcher.of(["Oat-Milk"], strict=True)
    assert strict("oat-milk") == "Oat-Milk" and strict("oat milk") is None


@given(st.lists(names, unique=True, max_size=8))
def test_every_name_finds_itself(several: list[str]) -> None:
    find = Matcher.of(several)
    assert [find(name) for name in several] == several


def test_twins_are_named_so_that_the_difference_shows() -> None:
    assert twins(["a", "b", "A", "c"]) == [("a", "A")]
    assert twins(["a", "b"]) == []
    assert pair("a", "A") == "'a' and 'A'"
    assert pair("a\u00a0b", "a b") == r"'a\xa0b' and 'a b'"
    assert pair("café", "cafe\u0301") == r"'caf\xe9' and 'cafe\u0301'"


def test_paths_of_other_programs_are_alike() -> None:
    for spelled in ("./a/É.jpg", "a\\e\u0301.JPG", "a//É.jpg", "a/ é.jpg "):
        assert alike_path(spelled) == alike_path("a/É.jpg")
    assert alike_path("a/b.jpg") != alike_path("a b.jpg")
