"""Paths as other programs spell them, and the files of a collection that they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import PurePath
from unicodedata import normalize
from urllib.parse import unquote

from core.runtime.spelling import alike_path
from core.store.spreadsheets import STARTS

_ADDRESS = re.compile(r"file:(?://(?:localhost)?)?(?=/)", re.IGNORECASE)
_FORMULA = re.compile(r'="([^"]*)"')  # keeps spreadsheets from making 1 of 001


class Spellings:
    """Finds paths by what other spellings of them share.

    Programs write ``\\`` for ``/`` and ``./`` in front, compose letters or take them apart, change
    case and white space, write the whole path or an address. What is nearer to the spelling given
    counts first.
    """

    def __init__(self, paths: Iterable[str], folder: str) -> None:
        """For the relative ``paths`` of files in ``folder``."""
        self._paths = list(paths)
        self._folder = folder

    def find(self, path: str) -> list[str]:
        """The paths that are meant: one, none, or several that fit equally well."""
        for text in dict.fromkeys(self._readings(path)):
            for key, index in ((_composed, self._by_form), (alike_path, self._by_likeness)):
                if paths := index.get(key(text)):
                    return paths
        return []

    @cached_property
    def _starts(self) -> list[str]:
        """How a path begins that names the folder."""
        both = alike_path(self._folder), alike_path(PurePath(self._folder).name)
        return [start for start in both if start]

    @cached_property
    def _by_form(self) -> dict[str, list[str]]:
        return self._index(_composed)

    @cached_property
    def _by_likeness(self) -> dict[str, list[str]]:
        return self._index(alike_path)

    def _index(self, key: Callable[[str], str]) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for path in self._paths:
            index.setdefault(key(path), []).append(path)
        return index

    def _readings(self, path: str) -> Iterator[str]:
        """What a text may say, the likelier first."""
        yield path
        if path[:1] == "'" and path[1:].startswith(STARTS):  # see `core.store.spreadsheets`
            yield path[1:]
        if formula := _FORMULA.fullmatch(path.strip()):
            yield formula[1]
        bare = path.strip()
        if address := _ADDRESS.match(bare):
            bare = unquote(bare[address.end() :])
        yield from self._inside(bare)
        if "%" in path:
            yield unquote(path)

    def _inside(self, path: str) -> Iterator[str]:
        """The part below the folder of a path that names it too, whole or by its last name."""
        text = alike_path(path)
        for start in self._starts:
            if text.startswith(f"{start}/"):
                yield text[len(start) + 1 :]


def _composed(path: str) -> str:
    """A path with its letters composed and with ``/`` between its parts."""
    parts = normalize("NFC", path).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))
