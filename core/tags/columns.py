"""Columns of tags on disk: one small file a tag, in the order of an encoder's vectors.

Vectors are only ever appended (`core.store.vectors`), so a column is as long as the images it has
seen and grows at its end. A file is named by a digest of all that its numbers depend on; adding,
changing or removing a tag touches no other file. It begins with a header (``HEADER``), then holds
the tag's direction, ``dim`` float64, and one float32 an image. What a crash left damaged is
computed again.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.runtime import inputs
from core.runtime.files import replacing, storage_errors

HEADER = np.dtype(
    [("magic", "S8"), ("dim", "<u4"), ("rows", "<u4"), ("ids", "V16"), ("crc", "<u4")]
)
MAGIC = b"winntag1"
SUFFIX = ".col"
MAX_COLUMNS = 2_000


@dataclass(frozen=True, eq=False)
class Column:
    """A tag's direction (D,) float64 and its similarities (n,) float32 to the first n images."""

    direction: np.ndarray
    values: np.ndarray


def column_key(*parts: str | Sequence[str]) -> str:
    """The name of a column: a digest of everything that its numbers depend on."""
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        texts = [part] if isinstance(part, str) else [str(len(part)), *part]
        for text in texts:
            raw = text.encode("utf-8", "surrogatepass")
            hashed.update(len(raw).to_bytes(8, "little") + raw)
    return hashed.hexdigest()


class TagTable:
    """The columns of one encoder.

    Args:
        folder: where the columns are; made by the first ``write``.
        ids: image ids in the order of the encoder's vectors.
    """

    def __init__(self, folder: Path, ids: Sequence[str]) -> None:
        self.folder = folder
        self._ids = ids
        self._digests: dict[int, bytes] = {}

    def read(self, key: str) -> Column | None:
        """A column as far as it is known; None when there is none that can be used.

        Without values when the images before were others than now.
        """
        try:
            data = inputs.read_bytes(self.folder / f"{key}{SUFFIX}", inputs.RECORD_BYTES)
        except OSError:
            return None
        if len(data) < HEADER.itemsize:
            return None
        header = np.frombuffer(data, HEADER, count=1)[0]
        dim, rows = int(header["dim"]), int(header["rows"])
        body = data[HEADER.itemsize :]
        whole = len(body) == 8 * dim + 4 * rows and zlib.crc32(body) == header["crc"]
        if header["magic"] != MAGIC or not whole:
            return None
        direction = np.frombuffer(body, "<f8", count=dim)
        same = rows <= len(self._ids) and self._digest(rows) == bytes(header["ids"])
        values = np.frombuffer(body, "<f4", offset=8 * dim)
        return Column(direction, values if same else values[:0])

    def write(self, key: str, column: Column) -> None:
        """Keep a column in one step. A cache: not flushed to the disk, but checked on reading.

        Raises:
            WinnowError: the disk is full or the folder cannot be written.
        """
        body = column.direction.astype("<f8").tobytes() + column.values.astype("<f4").tobytes()
        header = np.zeros((), HEADER)
        header["magic"] = MAGIC
        header["dim"], header["rows"] = len(column.direction), len(column.values)
        header["ids"] = np.void(self._digest(len(column.values)))
        header["crc"] = zlib.crc32(body)
        path = self.folder / f"{key}{SUFFIX}"
        with storage_errors(self.folder), replacing(path) as temporary:
            temporary.write_bytes(header.tobytes() + body)

    def prune(self, keep: Sequence[str]) -> int:
        """Remove the oldest columns beyond ``MAX_COLUMNS``, never those of ``keep``.

        Returns:
            How many columns were too many.
        """
        paths = list(self.folder.glob(f"*{SUFFIX}"))
        if len(paths) <= MAX_COLUMNS:
            return 0
        names = {f"{key}{SUFFIX}" for key in keep}
        old = sorted((p for p in paths if p.name not in names), key=lambda p: p.stat().st_mtime)
        for path in old[: len(paths) - MAX_COLUMNS]:
            path.unlink(missing_ok=True)
        return len(paths) - MAX_COLUMNS

    def _digest(self, rows: int) -> bytes:
        if rows not in self._digests:
            text = "".join(self._ids[:rows]).encode()
            self._digests[rows] = hashlib.blake2b(text, digest_size=16).digest()
        return self._digests[rows]
