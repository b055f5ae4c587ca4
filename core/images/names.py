"""File names made fit for a terminal, a log or a page."""

import os
import unicodedata

# Joiners hold emoji and several scripts together; they cannot reorder or hide text.
_HARMLESS_FORMAT_CHARACTERS = frozenset("\u200c\u200d")


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path as text that is safe to print, with everything unprintable written as an escape.

    Bytes that are not UTF-8 become ``\xNN``; control characters (line feeds, terminal escapes) and
    characters that reorder text become ``\n``, ``\x1b``, ``\u202e`` and so on. HTML is not escaped:
    that belongs to whoever writes HTML. The result is for people; it is no path to open.
    """
    try:
        text = os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a lone surrogate that no file system made
        text = os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(_shown_character(character) for character in text)


def _shown_character(character: str) -> str:
    if (
        character.isprintable()
        or character in _HARMLESS_FORMAT_CHARACTERS
        or unicodedata.category(character) == "Zs"  # macOS puts U+202F into screenshot names
    ):
        return character
    return character.encode("unicode_escape").decode("ascii")
