"""Texts as words: one spelling of each, and the words that say nothing alone."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 10_000
"""Of one text that count; what comes later is no title, and a cell may hold a megabyte."""

_JOINING = """
a about after all also an and any are as at be been before between both but by can do does each for
from had has have he her his how i if in into is it its just more most my no nor not of off on one
only or other our out over own she so some such than that the their them then there these they this
those through to too under up very was we were what when where which while who will with you your
"""
SMALL_WORDS = frozenset(_JOINING.split())
"""English words that join others. Searches leave them out where others are left."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Written without spaces: each character counts as a word, and a run of them as a phrase.
_ALONE = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def normal(text: str) -> str:
    """A text with its words in small letters and one space between them; "" where it has none.

    Signs between words do not count, nor does how a character is put together (Unicode NFKC).
    """
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """The words of a text in small letters, as they come; Chinese and Japanese by character."""
    folded = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    return _WORD.findall(_ALONE.sub(r" \1 ", folded))


def telling_words(text: str) -> set[str]:
    """The words of a text that may say what it is about: no small words, letters or numbers."""
    return {
        word
        for word in words(text)
        if word not in SMALL_WORDS
        and not word.isnumeric()
        and (len(word) > 1 or _ALONE.match(word))
    }
