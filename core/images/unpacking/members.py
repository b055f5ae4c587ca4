"""The members of ZIP and TAR archives, one after the other, as one kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.images.unpacking import tars, zips
from core.images.unpacking.code_pages import Reading
from core.images.unpacking.kinds import kind_of
from core.images.unpacking.member import Member
from core.runtime import inputs


@dataclass(frozen=True)
class Opened:
    """An open archive.

    Attributes:
        members: its members in its own order; to be gone through once.
        reading: how names are read that do not tell their encoding; of a TAR only as far as the
            members have been gone through.
    """

    members: Iterator[Member]
    reading: Callable[[], Reading]


@contextmanager
def opened(archive: Path, name: str, codec: str | None = None) -> Iterator[Opened]:
    """An archive of either kind, told by its content. Members can be opened within the block.

    Args:
        name: what messages call it.
        codec: the encoding of names that do not tell theirs; by default as it seems.

    Raises:
        zipfile.BadZipFile, tarfile.TarError, EOFError, OSError: it is damaged, also on the way
            through the members.
        WinnowError: it is of a kind that is not read.
    """
    with inputs.open_file(archive) as raw:
        if kind_of(raw, name) == "zip":
            with zips.opened(raw, name, codec) as source:
                yield Opened(zips.members(source), lambda: source.reading)
            return
        with tars.opened(raw, name, codec) as tar:
            yield Opened(tars.members(tar), lambda: tar.reading)


def reading_of(raw: IO[bytes], name: str) -> Reading:
    """How the names of an open archive are read, without unpacking it: of a ZIP or a plain TAR.

    The names of a compressed TAR cannot be had without decompressing all of it: nothing is known
    then. Raises as `opened`.
    """
    if kind_of(raw, name) == "zip":
        with zips.opened(raw, name, None) as source:
            return source.reading
    with tars.opened(raw, name, None) as tar:
        return Reading() if tar.is_compressed else tars.reading_of(tar)
