"""Names are shown as they are, whatever they hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ui.widgets.text import plain

JOINER = "\u2060"


def resolved(text: str) -> str:
    """What is left of Markdown without markup once its escapes are resolved."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "")


def test_markup_is_taken_literally() -> None:
    assert plain("a **b** <i> $x$ :red[y] `z`") == (
        "a \\*\\*b\\*\\* \\<i\\> \\$x\\$ \\:red\\[y\\] \\`z\\`"
    )
    usual = "usual text, with (brackets) - and 1.5, a-b, x--y --flag 10 = 10"
    assert plain(usual) == usual


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("www.example.com.jpg", r"www\."), ("WWW.EXAMPLE.COM", r"WWW\."),
        ("http://x.org/a.jpg", r"https?\\?://"), ("HTTPS://x", r"(?i)https?\\?://"),
        ("a@b.com.jpg", r"\w@\w"), (":material/home:", r":material"),
        (":streamlit:", r":streamlit"),
        ("a -- b", r" -- "), ("a -> b", r" -\\?> "), ("# heading", r"^#"), ("- item", r"^-"),
        ("+ item", r"^\+"), ("1. one", r"^1\."), ("2) two", r"^2\)"), ("a\n===", r"\n="),
        ("a\n---", r"\n-"), ("    code", r"^ "), ("&lt;b&gt;", r"^&"), ("![i](x)", r"^!"),
    ],
)  # fmt: skip
def test_what_markdown_would_take_for_something_is_broken_up(text: str, pattern: str) -> None:
    assert re.search(pattern, resolved_is_text := text), resolved_is_text
    assert not re.search(pattern, plain(text))
    assert resolved(plain(text)).strip() == text.strip()


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_the_text_itself_stays(text: str) -> None:
    assert resolved(plain(text)) == re.sub(r"^[ \t]+", "", text)


def test_control_characters_are_shown() -> None:
    assert "\x1b" not in plain("\x1b[2Jx") and "\u202e" not in plain("\u202egpj")
    assert plain("two\nlines") == "two\nlines"
