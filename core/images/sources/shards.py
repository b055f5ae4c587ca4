"""Images in large files: WebDataset's TAR files and Parquet tables, read in place.

A member is addressed as a file below its shard: ``part-0001.tar/000017.jpg``. What a TAR file holds
is looked up once, by reading it through, and remembered beside the address; after that each image
is one request for its bytes.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from core.images.names import shown
from core.images.scan import IMAGE_SUFFIXES, FoundFile
from core.images.sources.base import Missing, Store, TooLarge, mark_of
from core.images.sources.columns import Column
from core.images.sources.ranged import Ranged
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic

SUFFIXES = (".tar", ".parquet")
AHEAD = 1 << 20
"""Bytes that are fetched at once while a TAR file is looked through."""
_MOST_SHARDS = 64  # shards whose members are in memory
_MEMBER = re.compile(r"(.+?\.(?:tar|parquet))/(.+)", re.S | re.I)


class Shard(Protocol):
    """One large file."""

    mark: int

    def files(self) -> Iterator[tuple[str, int]]:
        """Name and size of each member; 0 for a size that only reading would tell."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """Raises as `core.images.sources.base.Source.read`."""
        ...


class Collection:
    """A folder of images, or of shards where it has no images; or shards that are named."""

    def __init__(self, store: Store, address: str, folder: Path, names: list[str] | None) -> None:
        """
        Args:
            address: what it is called.
            folder: where it may remember what shards hold.
            names: of shards; None for whatever the store lists.
        """
        self.address = address
        self.patience = getattr(store, "patience", None)
        self._store = store
        self._folder = folder
        self._names = names
        self._shards: OrderedDict[str, Shard] = OrderedDict()
        self._lock = threading.Lock()

    def files(self) -> Iterator[FoundFile]:
        """Images and other files; members of shards where there is no image."""
        shards: list[FoundFile] = []
        images = False
        if self._names is None:
            for file in self._store.files():
                if file.path.lower().endswith(SUFFIXES):
                    shards.append(file)
                else:
                    images = images or _suffix(file.path) in IMAGE_SUFFIXES
                    yield file
        for shard in shards or map(self._stat, self._names or ()):
            if images:
                yield shard
                continue
            opened = self._opened(shard)
            for name, size in opened.files():
                yield FoundFile(f"{shard.path}/{name}", size, mark_of(opened.mark, name))

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a file or member, and its mark."""
        member = _MEMBER.fullmatch(path)
        if member is None:
            return self._store.read(path, limit)
        try:
            shard = self._shard(member[1])
        except Missing:  # a folder that is called so
            return self._store.read(path, limit)
        return shard.read(member[2], limit), mark_of(shard.mark, member[2])

    def _stat(self, name: str) -> FoundFile:
        try:
            return self._store.stat(name)
        except Missing:
            raise WinnowError(
                f"There is no {shown(name)} in {self._store.address}: check the address."
            ) from None

    def _shard(self, name: str) -> Shard:
        with self._lock:
            shard = self._shards.get(name)
        return shard or self._opened(self._store.stat(name))

    def _opened(self, file: FoundFile) -> Shard:
        with self._lock:
            shard = self._shards.get(file.path)
        if shard is not None and shard.mark == file.mtime_ns:
            return shard
        if file.path.lower().endswith(".parquet"):
            shard = Column(self._store, file)
        else:
            shard = Tar.of(self._store, file, self._folder)
        with self._lock:
            self._shards[file.path] = shard
            self._shards.move_to_end(file.path)
            while len(self._shards) > _MOST_SHARDS:
                self._shards.popitem(last=False)
        return shard


@dataclass
class Tar:
    """A TAR file that is not compressed.

    Attributes:
        members: name → first byte and size.
    """

    store: Store
    path: str
    mark: int
    members: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, store: Store, file: FoundFile, folder: Path) -> Tar:
        """Look up what a TAR file holds.

        Raises:
            WinnowError: it is none, is damaged or compressed.
        """
        name = f"{file.path}\0{file.size}\0{file.mtime_ns}".encode()
        index = folder / "index" / f"{blake2b(name, digest_size=12).hexdigest()}.json"
        try:
            content = inputs.load_json(index, inputs.RECORD_BYTES)
            members = {str(n): (int(start), int(size)) for n, start, size in content}
        except (OSError, ValueError, TypeError):
            members = _looked_up(store, file)
            rows = [[member, *place] for member, place in members.items()]
            write_atomic(index, json.dumps(rows).encode())
        return cls(store, file.path, file.mtime_ns, members)

    def files(self) -> Iterator[tuple[str, int]]:
        """Name and size of each member."""
        return ((name, size) for name, (_, size) in self.members.items())

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a member."""
        if name not in self.members:
            raise Missing
        start, size = self.members[name]
        if size > limit:
            raise TooLarge
        return self.store.span(self.path, start, size)


def _looked_up(store: Store, file: FoundFile) -> dict[str, tuple[int, int]]:
    source = io.BufferedReader(Ranged(store, file), AHEAD)
    members: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(fileobj=source, mode="r:") as archive:
            while member := archive.next():
                archive.members.clear()  # type: ignore[attr-defined]
                if member.isreg() and not member.sparse:
                    members[member.name.removeprefix("./")] = member.offset_data, member.size
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise WinnowError(
            f"{shown(file.path)} of {store.address} is no whole TAR file without compression "
            f"({error}): unpack it or write it again."
        ) from error
    return members


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()
