"""What a source of images is: something that lists files and gives their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Protocol

from core.images.scan import FoundFile
from core.runtime.errors import StorageError


class SourceGone(StorageError):
    """The whole source cannot be reached: nothing is wrong with any one file of it."""


class Missing(Exception):
    """A file of the source cannot be had; the text says why, without one it is gone."""


class TooLarge(Exception):
    """A file has more bytes than were allowed."""


class Source(Protocol):
    """Images somewhere else. Safe to use from several threads.

    Attributes:
        address: where, fit to be shown: no secret is in it.
    """

    address: str

    def files(self) -> Iterator[FoundFile]:
        """All files, as they are listed; ``mtime_ns`` is a mark that changes with the content.

        Raises:
            SourceGone: it cannot be reached.
            WinnowError: it does not exist, or may not be read.
        """
        ...

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a file, and its mark as ``files`` gives it.

        Raises:
            Missing: it is no longer there.
            TooLarge: it has more than ``limit`` bytes.
            SourceGone: the source cannot be reached.
        """
        ...


class Store(Source, Protocol):
    """A source whose files can be read in pieces."""

    def stat(self, path: str) -> FoundFile:
        """Size and mark of one file. Raises as ``read``."""
        ...

    def span(self, path: str, start: int, length: int) -> bytes:
        """Some bytes of a file, fewer at its end. Raises as ``read``."""
        ...


def mark_of(*facts: object) -> int:
    """A number of 62 bits for what tells a version of a file, such as its ETag."""
    text = "\0".join(map(str, facts))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 2
