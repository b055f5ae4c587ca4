"""One entry of an archive, whatever kind of archive it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: its path, with the archive's own slashes.
        size: bytes of its content.
        open: its content, as a stream.
        is_folder: it only makes a folder.
        link: path of the member that it stands for, from the archive's root; None for a file.
        symbolic: the link is a path from the member's own folder.
        problem: why it cannot be taken whatever it is called.
        position: bytes of the archive that lie behind.
        unpacked: bytes that had to be unpacked to get to its content.
        required: nothing after it can be read if it cannot.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    is_folder: bool = False
    link: str | None = None
    symbolic: bool = False
    problem: str | None = None
    position: int = 0
    unpacked: int = 0
    required: bool = False
