"""A folder of this machine as a store, for tables that lie in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from core.images.scan import FoundFile
from core.images.sources.base import Missing, TooLarge, mark_of
from core.images.unreadable import reason_for_os_error
from core.runtime import inputs, roots


class Disk:
    """Files below a folder; see `core.images.sources.base.Store`."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder)
        self._folder = folder

    def files(self) -> Iterator[FoundFile]:
        """None: a folder is scanned by `core.images.scan`."""
        return iter(())

    def stat(self, path: str) -> FoundFile:
        """Size and mark of a file."""
        file = self._file(path)
        try:
            status = file.stat()
        except OSError as error:
            raise Missing(reason_for_os_error(error)) from error
        return FoundFile(path, status.st_size, mark_of(status.st_size, status.st_mtime_ns))

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a file and its mark."""
        try:
            data = inputs.read_bytes(self._file(path), limit)
        except inputs.TooLong:
            raise TooLarge from None
        except OSError as error:
            raise Missing(reason_for_os_error(error)) from error
        return data, self.stat(path).mtime_ns

    def span(self, path: str, start: int, length: int) -> bytes:
        """Some bytes of a file."""
        try:
            with inputs.open_file(self._file(path)) as file:
                file.seek(start, os.SEEK_SET)
                return file.read(length)
        except OSError as error:
            raise Missing(reason_for_os_error(error)) from error

    def _file(self, path: str) -> Path:
        file = self._folder / path
        roots.check(file)
        return file
