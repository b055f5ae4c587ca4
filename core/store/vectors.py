"""Image vectors of one encoder: append-only float16 shards with a checksummed index.

A shard is two files. ``00000.f16`` holds rows of ``dim`` little-endian float16; ``00000.idx`` holds
one 20-byte record a row: the image id (16 bytes) and the CRC-32 of the row. Rows are flushed before
their records, so a record always has its row; whatever a crash leaves beyond that is cut off by the
next writer. Files are only ever appended to, so readers may map them while a writer works.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import WinnowError
from core.store.atomic import storage_errors, write_atomic

RECORD = np.dtype([("id", "S16"), ("crc", "<u4")])
ROWS_PER_SHARD = 65_536
CHECKED_TAIL = 1_024  # rows whose checksum is verified on opening: what a crash can have touched


class VectorStore:
    """Vectors of one encoder identity, keyed by image id.

    Args:
        folder: where the shards are; made by the first ``append``.
        dim: length of a vector.
        writable: cut off what a crash left half-written. Only the holder of the workspace's lock
            may ask for it; a reader just ignores the rest.
        rows_per_shard: rows after which a new shard is begun.
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
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._counts: list[int] = []
        self._open()

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, image_id: str) -> bool:
        return image_id in self._rows

    @property
    def ids(self) -> Sequence[str]:
        """Ids in the order in which they were appended."""
        return self._ids

    @classmethod
    def peek(cls, folder: Path) -> VectorStore:
        """Open an existing store for reading, with the ``dim`` it was written with."""
        return cls(folder, _stored_dim(folder))

    def append(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        """Add vectors durably; ids that are there already are left as they are.

        Args:
            ids: image ids, 32 hex digits each.
            vectors: (len(ids), dim) floats, stored as float16.

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
        for position, image_id in enumerate(ids):
            if image_id not in self._rows:
                fresh.setdefault(image_id, position)
        names, positions = list(fresh), list(fresh.values())
        start = 0
        while start < len(names):
            if not self._counts or self._counts[-1] >= self.rows_per_shard:
                self._counts.append(0)
            room = self.rows_per_shard - self._counts[-1]
            part = slice(start, start + room)
            self._append_to_last(names[part], rows[positions[part]])
            start += room

    def get(self, ids: Sequence[str]) -> np.ndarray:
        """Vectors of ``ids`` as (len(ids), dim) float32; KeyError for an unknown id."""
        rows = np.fromiter((self._rows[i] for i in ids), dtype=np.int64, count=len(ids))
        result = np.empty((len(ids), self.dim), dtype=np.float32)
        begin = 0
        for shard, count in enumerate(self._counts):
            inside = (rows >= begin) & (rows < begin + count)
            if inside.any():
                result[inside] = self._map(shard, count)[rows[inside] - begin]
            begin += count
        return result

    def verify(self) -> list[str]:
        """Ids of all rows whose checksum does not hold, by reading every byte."""
        wrong: list[str] = []
        for shard, count in enumerate(self._counts):
            if count:
                wrong += self._wrong(shard, 0, count)
        return wrong

    def _paths(self, shard: int) -> tuple[Path, Path]:
        return self.folder / f"{shard:05d}.f16", self.folder / f"{shard:05d}.idx"

    def _map(self, shard: int, count: int) -> np.ndarray:
        return np.memmap(self._paths(shard)[0], dtype="<f2", mode="r", shape=(count, self.dim))

    def _records(self, shard: int, count: int) -> np.ndarray:
        return np.fromfile(self._paths(shard)[1], dtype=RECORD, count=count)

    def _wrong(self, shard: int, start: int, stop: int) -> list[str]:
        records = self._records(shard, stop)[start:]
        rows = self._map(shard, stop)[start:]
        return [
            _hex(record["id"])
            for record, row in zip(records, rows, strict=True)
            if zlib.crc32(row.tobytes()) != record["crc"]
        ]

    def _open(self) -> None:
        if not (self.folder / "meta.json").exists():
            return
        dim = _stored_dim(self.folder)
        if dim != self.dim:
            raise WinnowError(
                f"{self.folder} holds vectors of length {dim}, the encoder makes {self.dim}: "
                "delete that folder and embed again, labels are kept."
            )
        for shard in range(len(list(self.folder.glob("*.idx")))):
            self._open_shard(shard)

    def _open_shard(self, shard: int) -> None:
        data, index = self._paths(shard)
        stored = data.stat().st_size // (2 * self.dim) if data.exists() else 0
        count = min(index.stat().st_size // RECORD.itemsize, stored)
        start = max(0, count - CHECKED_TAIL)
        wrong = set(self._wrong(shard, start, count)) if count else set()
        if wrong:
            # Rows are written in order: from the first bad one on, nothing was acknowledged.
            ids = [_hex(record["id"]) for record in self._records(shard, count)]
            bad = next(i for i in range(start, count) if ids[i] in wrong)
            self.dropped += count - bad
            count = bad
        if self.writable:
            self._truncate(data, count * 2 * self.dim)
            self._truncate(index, count * RECORD.itemsize)
        for record in self._records(shard, count):
            self._remember(_hex(record["id"]))
        self._counts.append(count)

    def _remember(self, image_id: str) -> None:
        self._rows.setdefault(image_id, len(self._ids))
        self._ids.append(image_id)

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
        kept = self._counts[-1]
        try:
            with storage_errors(self.folder):
                _write_at(data, kept * 2 * self.dim, rows.tobytes())
                _write_at(index, kept * RECORD.itemsize, records.tobytes())
        except BaseException:
            self._truncate(index, kept * RECORD.itemsize)
            self._truncate(data, kept * 2 * self.dim)
            raise
        for image_id in ids:
            self._remember(image_id)
        self._counts[-1] += len(ids)


def _stored_dim(folder: Path) -> int:
    try:
        return int(json.loads((folder / "meta.json").read_text())["dim"])
    except (OSError, ValueError, KeyError) as error:
        raise WinnowError(
            f"The vectors in {folder} are damaged (meta.json): delete that folder and embed again, "
            "labels are kept."
        ) from error


def _hex(raw: bytes) -> str:
    # numpy strips trailing zero bytes from its S type; an id may well end in one.
    return bytes(raw).ljust(16, b"\0").hex()


def _write_at(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.lseek(descriptor, offset, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
