"""Paths as people paste and type them: with quotes, as file:// addresses, with escaped spaces.

Windows' "Copy as path" puts quotes around, its Properties window an invisible mark before; file
managers of Linux copy addresses with %20 for a space, terminals write backslashes before spaces,
and macOS spells accents in two characters.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from core.runtime import roots

_QUOTES = ('""', "''", "“”", "‘’", "„“", "«»", "‹›", "``", "<>")
# Spaces of all kinds, and characters without width that reorder or join text.
_EDGES = " \t\r\n\f\v\0\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_EDGES += "\u202f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
_ADDRESS = re.compile(r"file:(?://(?=/)|//(?P<host>[^/\\]*)|(?=[/\\]))(?P<path>.*)", re.I | re.S)
_DRIVE = re.compile(r"/+[A-Za-z][:|](?=/|$)")
_ESCAPED = re.compile(r"\\([^\w\\/])")
# Only those: an error repeats the path, and other variables may hold secrets.
_HOME = re.compile(r"^(?:\$HOME|\$\{HOME\}|%USERPROFILE%|%HOMEPATH%)(?=[/\\]|$)")
_LONGEST = 32_767  # characters of a path on Windows; elsewhere fewer


def typed_path(text: str) -> Path:
    """What somebody meant who pasted or typed ``text``, with ``~`` and ``$HOME`` resolved.

    What exists exactly as it is written is taken so, whatever it looks like; otherwise quotes,
    spaces and invisible characters around are dropped, and a file:// address, escaped spaces and
    the other spelling of accents are tried. Without any that exists the path is the plainest of
    them, for a new folder or for a message. "" gives ``Path()``.
    """
    spellings = list(_spellings(text[:_LONGEST]))
    existing = (Path(each) for each in spellings if _exists(each))
    return next(existing, Path(spellings[1]))


def address_path(text: str) -> Path:
    """The path of a file:// address, and any other text as the path it is; for command lines.

    ``Path`` may have made one slash of two.
    """
    return Path(_from_address(text) or text)


def _spellings(text: str) -> Iterator[str]:
    """The text itself, then without what is around it, then what else it may mean."""
    yield text
    bare = _bare(text)
    plain = _from_address(bare) or _at_home(bare)
    yield plain
    if os.sep == "/" and "\\" in plain:
        yield _at_home(_ESCAPED.sub(r"\1", plain))
    if not plain.isascii():
        for form in ("NFC", "NFD"):
            yield unicodedata.normalize(form, plain)


def _bare(text: str) -> str:
    """Without quotes, spaces and invisible characters around."""
    while True:
        text = text.strip(_EDGES)
        pair = text[:1] + text[-1:]
        if len(text) < 2 or pair not in _QUOTES:
            return text
        text = text[1:-1]


def _from_address(text: str) -> str | None:
    """The path of a file:// address as browsers and file managers write it; None for no address."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    host, path = match["host"] or "", os.fsdecode(unquote_to_bytes(match["path"]))
    if _DRIVE.match(path):  # file:///C:/Photos, and C| as it once was written
        return path.lstrip("/").replace("|", ":", 1)
    if host.lower() in ("", "localhost"):
        local = re.fullmatch(r"/localhost(/.*)", path, re.S) if not host else None
        return local[1] if local and not _exists(path) else "/" + path.lstrip("/")
    return f"//{host}{path}"  # a share, as Windows opens it


def _at_home(text: str) -> str:
    text = _HOME.sub(lambda _: os.path.expanduser("~"), text, count=1)  # noqa: PTH111
    return os.path.expanduser(text)  # noqa: PTH111 - as text: Path drops what may be meant


def _exists(text: str) -> bool:
    try:
        return bool(text) and roots.allows(text) and Path(text).exists()
    except (OSError, ValueError):
        return False
