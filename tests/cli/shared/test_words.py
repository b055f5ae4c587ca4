"""The value of ``--refine`` may be left out, as when it was a switch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.shared.words import with_values


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("run i o --refine", "run i o --refine=yes"),
        ("run i o --refine cat dog", "run i o --refine=yes cat dog"),
        ("run i o --refine --json", "run i o --refine=yes --json"),
        ("run i o --refine auto cat", "run i o --refine auto cat"),
        ("run i o --refine=auto cat", "run i o --refine=auto cat"),
        ("run i o --no-refine no", "run i o --refine=no no"),
        ("run i o -- --refine", "run i o -- --refine"),
    ],
)
def test_a_switch_is_read_as_its_value(typed: str, read: str) -> None:
    assert with_values(typed.split()) == read.split()


@given(st.lists(st.text(max_size=5).filter(lambda word: "refine" not in word)))
def test_other_words_stay_as_they_are(words: list[str]) -> None:
    assert with_values(words) == words
