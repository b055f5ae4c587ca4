"""The one disk cache: results that can be computed again, in the workspace's ``cache`` folder.

A result is named after all that it follows from, so nothing in the cache is ever out of date, only
unused. What is not there, or damaged, is computed again; nobody is told, for nothing is lost.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.runtime import inputs
from core.runtime.errors import StorageError
from core.runtime.files import write_atomic

T = TypeVar("T")

_DAMAGED = (
    OSError, ValueError, EOFError, KeyError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def digest(*parts: object) -> str:
    """A file name for what follows from some values: 24 hex digits."""
    text = ":".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


class Derived:
    """The cache of one workspace; names are ``kind/digest`` with the ending of their format.

    ``.npy`` holds one array, ``.npz`` arrays by name, ``.json`` plain values.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a result is kept."""
        return self.folder / name

    def read(self, name: str) -> Any | None:
        """A result as it was written; None when it is not there or damaged."""
        path = self.path(name)
        try:
            if path.suffix == ".json":
                return inputs.load_json(path, inputs.RECORD_BYTES)
            content = np.load(path, allow_pickle=False)
            if path.suffix == ".npy":
                return content
            with content:
                return {key: content[key] for key in content.files}
        except _DAMAGED:
            return None

    def write(self, name: str, content: Any) -> None:
        """Keep a result: an array, arrays by name, or plain values, as its ending says.

        Raises:
            WinnowError: the disk cannot take it.
        """
        path = self.path(name)
        if path.suffix == ".json":
            write_atomic(path, json.dumps(content).encode())
            return
        buffer = io.BytesIO()
        if path.suffix == ".npy":
            np.save(buffer, content, allow_pickle=False)
        else:
            np.savez(buffer, **content)
        write_atomic(path, buffer.getvalue())

    def recall(
        self,
        name: str,
        read: Callable[[Any], T | None],
        make: Callable[[], T],
        content: Callable[[T], Any],
    ) -> T:
        """A result from the cache, or made now and kept.

        Args:
            read: the result of what was written; None, KeyError, TypeError or ValueError when it
                does not fit.
            make: computes it.
            content: what to write of it: an array, arrays by name, or plain values.
        """
        result = self.recalled(name, read)
        if result is None:
            result = make()
            # On a full disk the work goes on: it is made again next time.
            with suppress(StorageError):
                self.write(name, content(result))
        return result

    def recalled(self, name: str, read: Callable[[Any], T | None]) -> T | None:
        """A result from the cache, if it is there and fits; see ``recall``."""
        written = self.read(name)
        try:
            return None if written is None else read(written)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            return None
