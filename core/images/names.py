"""File names made fit for a terminal, a log or a page."""

import os
import re
import unicodedata
from pathlib import Path

# Joiners hold emoji and several scripts together; they cannot reorder or hide text.
_HARMLESS_FORMAT_CHARACTERS = frozenset("\u200c\u200d")


_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


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


def as_text(path: str) -> str:
    r"""A path of any bytes as text that every table and database can hold.

    Bytes that are not UTF-8 are written out as ``\xNN``, everything else stays as it is. `located`
    is the way back.
    """
    if path.isascii():
        return path
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a character, as Windows allows
        return path.encode("utf-8", "backslashreplace").decode("utf-8")


def located(folder: Path, text: str) -> Path:
    r"""The file below a folder whose path `as_text` made.

    A name that really holds a backslash, an x and two digits is taken for itself where there is
    such a file.
    """
    path = folder / text
    if "\\x" not in text or os.sep != "/" or path.exists():
        return path
    raw = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), os.fsencode(text))
    other = folder / os.fsdecode(raw)
    return other if other.exists() else path


def _shown_character(character: str) -> str:
    if (
        character.isprintable()
        or character in _HARMLESS_FORMAT_CHARACTERS
        or unicodedata.category(character) == "Zs"  # macOS puts U+202F into screenshot names
    ):
        return character
    return character.encode("unicode_escape").decode("ascii")
