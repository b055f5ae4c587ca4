"""Image vectors of one encoder: append-only float16 shards with a checksummed index.

A shard is two files. ``00000.f16`` holds rows of ``dim`` little-endian float16; ``00000.idx`` holds
one 20-byte record a row: the image id (16 bytes) and the CRC-32 of the row. Rows are written before
their records, so a killed process leaves no record without its row; a power failure may, and then
the checksum tells. What a crash leaves half-written is cut off by the next writer. Files are only
ever appended to, so readers may map them while a writer works.

Opening verifies every row (a microsecond each), of very many those that were not verified since
their files were written (`core.store.columnar.verified`). One that no longer matches its checksum
counts as absent wherever it stands, so its image is embedded again; of two rows of one id the later
counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, sync_folder, write_atomic
from core.store.columnar.ids import WIDTH, IdColumn, IdIndex, as_bytes
from core.store.columnar.verified import Note

RECORD = np.dtype([("id", f"S{WIDTH}"), ("crc", "<u4")])
ROWS_PER_SHARD = 65_536
MANY = 200_000
"""Rows from which on readers do without verifying what was verified before."""


class VectorStore:
    """Vectors of one encoder identity, keyed by image id.

    Args:
        folder: where the shards are; made by the first ``append``.
        dim: length of a vector.
        writable: cut off what a crash left half-written. Only the holder of the workspace's lock
            may ask for it; a reader just ignores the rest.
        rows_per_shard: rows after which a new shard is begun.

    Attributes:
        dropped: rows that did not match their checksum.
    """

    def __init__(
        self,
        folder: Path,
        dim: int,
        *,
        writable: bool = False,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> None:
        self.folder = folder
        self.dim = dim
        self.writable = writable
        self.rows_per_shard = rows_per_shard
        self.dropped = 0
        self._fresh: dict[str, int] = {}  # id → row, of those appended since
        self._counts: list[int] = []
        self._unflushed: set[int] = set()  # shards
        self._raw = np.zeros((0, WIDTH), dtype=np.uint8)  # ids of all rows there are on opening
        self._index = IdIndex(self._raw)
        self._open()

    def __len__(self) -> int:
        return len(self._index) + len(self._fresh)

    def __contains__(self, image_id: str) -> bool:
        return image_id in self._fresh or image_id in self._index

    @property
    def ids(self) -> Sequence[str]:
        """Ids in the order in which they were appended."""
        there = IdColumn(self._raw[self._index.rows])
        return [*there, *self._fresh] if self._fresh else there

    @classmethod
    def peek(cls, folder: Path) -> VectorStore:
        """Open an existing store for reading, with the ``dim`` it was written with."""
        return cls(folder, _stored_dim(folder))

    def append(self, ids: Sequence[str], vectors: np.ndarray, flush: bool = True) -> None:
        """Add vectors; ids that are there already are left as they are.

        Args:
            ids: image ids, 32 hex digits each.
            vectors: (len(ids), dim) floats, stored as float16.
            flush: wait until the disk has them. Without it they outlive this process, however it
                ends, but not a power failure before the next ``flush``.

        Raises:
            WinnowError: the disk is full or cannot be written; what was appended before is kept.
            ValueError: wrong shape or values that are not finite.
        """
        if vectors.shape != (len(ids), self.dim):
            raise ValueError(f"expected {(len(ids), self.dim)} vectors, got {vectors.shape}")
        rows = np.ascontiguousarray(vectors, dtype="<f2")
        if not np.isfinite(rows).all():
            raise ValueError("vectors hold values that are not finite")
        fresh: dict[str, int] = {}
        for position in np.flatnonzero(self.find(as_bytes(ids)) < 0).tolist():
            if ids[position] not in self._fresh:
                fresh.setdefault(ids[position], position)
        names, positions = list(fresh), list(fresh.values())
        start = 0
        while start < len(names):
            if not self._counts or self._counts[-1] >= self.rows_per_shard:
                self._counts.append(0)
            room = self.rows_per_shard - self._counts[-1]
            part = slice(start, start + room)
            self._append_to_last(names[part], rows[positions[part]])
            start += room
        if flush:
            self.flush()

    def flush(self) -> None:
        """Wait until the disk has everything that was appended.

        Raises:
            WinnowError: the disk is full or cannot be written.
        """
        if not self._unflushed:
            return
        with storage_errors(self.folder):
            for shard in sorted(self._unflushed):
                for path in self._paths(shard):
                    _sync(path)
            sync_folder(self.folder)  # a shard may be new
        self._unflushed.clear()

    def get(self, ids: Sequence[str]) -> np.ndarray:
        """Vectors of ``ids`` as (len(ids), dim) float32; KeyError for an unknown id."""
        rows = self.rows_of(ids)
        result = np.empty((len(ids), self.dim), dtype=np.float32)
        begin = 0
        for shard, count in enumerate(self._counts):
            inside = (rows >= begin) & (rows < begin + count)
            if inside.any():
                result[inside] = self._map(shard, count)[rows[inside] - begin]
            begin += count
        return result

    def blocks(self) -> list[np.ndarray]:
        """The shards as read-only memory maps (n, dim) float16, their rows numbered on.

        A row may be damaged or stand for an id that has a later one: go by ``rows_of``.
        """
        return [self._map(shard, count) for shard, count in enumerate(self._counts) if count]

    def rows_of(self, ids: Sequence[str]) -> np.ndarray:
        """Rows (len(ids),) int64 among all ``blocks``; KeyError for an unknown id."""
        try:
            rows = self.find(as_bytes(ids))
        except ValueError:  # one of them is no id at all
            rows = np.fromiter((self._index.get(i, -1) for i in ids), np.int64, count=len(ids))
        for place in np.flatnonzero(rows < 0).tolist():
            rows[place] = self._fresh[ids[place]]
        return rows

    def find(self, raw: np.ndarray) -> np.ndarray:
        """Rows (N,) int64 of ids (N, 16) uint8 as they were on opening; -1 for unknown ones."""
        return self._index.find(raw)

    def digest(self, rows: int) -> str:
        """What the first ``rows`` rows are, by their ids and checksums; appending changes none."""
        content = hashlib.blake2b(digest_size=12)
        for shard, count in enumerate(self._counts):
            content.update(self._records(shard, min(count, rows)).tobytes())
            rows -= min(count, rows)
        return content.hexdigest()

    def _paths(self, shard: int) -> tuple[Path, Path]:
        return self.folder / f"{shard:05d}.f16", self.folder / f"{shard:05d}.idx"

    def _map(self, shard: int, count: int) -> np.ndarray:
        return np.memmap(self._paths(shard)[0], dtype="<f2", mode="r", shape=(count, self.dim))

    def _records(self, shard: int, count: int) -> np.ndarray:
        if not count:
            return np.zeros(0, dtype=RECORD)
        return np.fromfile(self._paths(shard)[1], dtype=RECORD, count=count)

    def _wrong(self, shard: int, records: np.ndarray) -> list[int]:
        """Rows of a shard that do not match the checksum in their record."""
        if not len(records):
            return []
        width = 2 * self.dim
        data = self._map(shard, len(records)).data.cast("B")
        crcs = (zlib.crc32(data[at : at + width]) for at in range(0, len(data), width))
        actual = np.fromiter(crcs, dtype=np.uint32, count=len(records))
        return [int(row) for row in np.flatnonzero(actual != records["crc"])]

    def _open(self) -> None:
        if not (self.folder / "meta.json").exists():
            return
        dim = _stored_dim(self.folder)
        if dim != self.dim:
            raise WinnowError(
                f"{self.folder} holds vectors of length {dim}, the encoder makes {self.dim}: "
                "delete that folder and embed again, labels are kept."
            )
        begun = [int(path.stem) for path in self.folder.glob("*.idx") if path.stem.isdigit()]
        shards = range(max(begun, default=-1) + 1)
        rows = sum(_size(self._paths(shard)[1]) for shard in shards) // RECORD.itemsize
        trusting = rows > MANY and not self.writable
        parts = [self._open_shard(shard, trusting) for shard in shards]
        if parts:
            self._raw = np.concatenate([raw for raw, _ in parts])
            self._index = IdIndex(self._raw, np.concatenate([right for _, right in parts]))

    def _open_shard(self, shard: int, trusting: bool) -> tuple[np.ndarray, np.ndarray]:
        """The ids (n, 16) uint8 of a shard's rows, and which of them match their checksum."""
        data, index = self._paths(shard)
        count = min(_size(index) // RECORD.itemsize, _size(data) // (2 * self.dim))
        records = self._records(shard, count)
        note = Note.of(data, index, count) if trusting and count else None
        wrong = note.recall() if note else None
        if wrong is None:
            wrong = self._wrong(shard, records)
            if note:
                note.remember(wrong)
        self.dropped += len(wrong)
        right = np.ones(count, dtype=bool)
        right[wrong] = False
        while count and not right[count - 1]:  # a crash's leftovers; damage elsewhere stays
            count -= 1
        if self.writable:
            self._truncate(data, count * 2 * self.dim)
            self._truncate(index, count * RECORD.itemsize)
        self._counts.append(count)
        # By bytes: numpy strips trailing zero bytes from its S type, and an id may well end in one.
        raw = records[:count].view(np.uint8).reshape(count, RECORD.itemsize)[:, :WIDTH]
        return np.ascontiguousarray(raw), right[:count]

    def _truncate(self, path: Path, size: int) -> None:
        with storage_errors(self.folder):
            if path.exists() and path.stat().st_size > size:
                os.truncate(path, size)

    def _append_to_last(self, ids: Sequence[str], rows: np.ndarray) -> None:
        meta = self.folder / "meta.json"
        if not meta.exists():
            content = {"dim": self.dim, "dtype": "float16", "format": 1}
            write_atomic(meta, json.dumps(content).encode())
        records = np.array(
            [(bytes.fromhex(i), zlib.crc32(r.tobytes())) for i, r in zip(ids, rows, strict=True)],
            dtype=RECORD,
        )
        shard = len(self._counts) - 1
        data, index = self._paths(shard)
        count = self._counts[-1]
        try:
            with storage_errors(self.folder):
                _write_at(data, count * 2 * self.dim, rows.tobytes())
                _write_at(index, count * RECORD.itemsize, records.tobytes())
        except BaseException:
            self._truncate(index, count * RECORD.itemsize)
            self._truncate(data, count * 2 * self.dim)
            raise
        self._unflushed.add(shard)
        begin = sum(self._counts)
        self._fresh |= {image_id: row for row, image_id in enumerate(ids, start=begin)}
        self._counts[-1] += len(ids)


def _stored_dim(folder: Path) -> int:
    try:
        return int(inputs.load_json(folder / "meta.json")["dim"])
    except (OSError, ValueError, KeyError) as error:
        raise WinnowError(
            f"The vectors in {folder} are damaged (meta.json): delete that folder and embed again, "
            "labels are kept."
        ) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _write_at(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.lseek(descriptor, offset, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
