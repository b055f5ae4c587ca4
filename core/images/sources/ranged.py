"""A file of a store as Python reads files: only what is asked for is fetched."""

from __future__ import annotations

import io

from core.images.scan import FoundFile
from core.images.sources.base import Store


class Ranged(io.RawIOBase):
    """A file of a store, read where it is asked for."""

    def __init__(self, store: Store, file: FoundFile) -> None:
        self._store, self._file, self._at = store, file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._file.size - self._at)
        if length <= 0:
            return 0
        data = self._store.span(self._file.path, self._at, length)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
