"""Parquet tables of images: their bytes in a column, as Hugging Face and img2dataset write them."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from core.images.names import shown
from core.images.scan import FoundFile
from core.images.sources.base import Missing, Store, TooLarge
from core.images.sources.ranged import Ranged
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BYTES = (
    "image",
    "img",
    "jpg",
    "jpeg",
    "png",
    "webp",
    "bytes",
    "content",
    "picture",
    "photo",
    "data",
)
ADDRESSES = (
    "url",
    "image_url",
    "img_url",
    "address",
    "uri",
    "link",
    "src",
    "image",
    "path",
    "file",
)
"""Names of columns that are looked for, in this order and whatever their case."""
_GROUPS = 2  # row groups in memory
_GROUP_BYTES = 2_000_000_000


def opened(store: Store, file: FoundFile) -> pq.ParquetFile:
    """A Parquet file of a store.

    Raises:
        WinnowError: it is none, or is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.PythonFile(Ranged(store, file), mode="r"), pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise WinnowError(
            f"{shown(file.path)} of {store.address} is no whole Parquet file: write it again."
        ) from error


def named(schema: pa.Schema, names: tuple[str, ...], fits: Any) -> str | None:
    """The first column of one of these names whose type fits."""
    fields = {field.name.lower(): field for field in reversed(list(schema))}
    return next((fields[n].name for n in names if n in fields and fits(fields[n].type)), None)


def bytes_column(schema: pa.Schema) -> str | None:
    """The column that holds the bytes of images; None for none."""
    import pyarrow as pa

    def fits(kind: pa.DataType) -> bool:
        if pa.types.is_struct(kind):
            at = kind.get_field_index("bytes")
            return at >= 0 and fits(kind.field(at).type)
        return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)

    return named(schema, BYTES, fits)


def address_column(schema: pa.Schema) -> str | None:
    """The column that holds addresses of images; None for none."""
    import pyarrow as pa

    return named(schema, ADDRESSES, lambda t: pa.types.is_string(t) or pa.types.is_large_string(t))


class Column:
    """The images of one Parquet file; a member is called by the number of its row."""

    def __init__(self, store: Store, file: FoundFile) -> None:
        """
        Raises:
            WinnowError: no column holds images.
        """
        self.mark = file.mtime_ns
        self._table = opened(store, file)
        self._name = f"{shown(file.path)} of {store.address}"
        column = bytes_column(self._table.schema_arrow)
        if column is None:
            raise WinnowError(
                f"No column of {self._name} holds images: call the one with their bytes image."
            )
        self._column = column
        meta = self._table.metadata
        self._ends = list(
            accumulate(meta.row_group(i).num_rows for i in range(meta.num_row_groups))
        )
        self._groups: OrderedDict[int, Any] = OrderedDict()
        self._lock = threading.Lock()

    def files(self) -> Iterator[tuple[str, int]]:
        """Names of all rows; sizes are not known before they are read."""
        return ((f"{row:08d}", 0) for row in range(self._table.metadata.num_rows))

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a row."""
        if not name.isdigit() or int(name) >= self._table.metadata.num_rows:
            raise Missing
        group = bisect_right(self._ends, int(name))
        first = self._ends[group - 1] if group else 0
        value = self._group(group)[int(name) - first].as_py()
        if isinstance(value, dict):
            value = value.get("bytes")
        if value is None:
            raise Missing("the row holds no picture")
        if len(value) > limit:
            raise TooLarge
        return bytes(value)

    def _group(self, number: int) -> Any:
        with self._lock:  # the file has one position, and a group is read by one thread for all
            if number not in self._groups:
                size = self._table.metadata.row_group(number).total_byte_size
                if size > _GROUP_BYTES:
                    raise WinnowError(
                        f"{self._name} has row groups of {size:,} bytes, at most {_GROUP_BYTES:,} "
                        "are read: write it with smaller ones."
                    )
                table = self._table.read_row_group(number, columns=[self._column])
                self._groups[number] = table.column(0)
                while len(self._groups) > _GROUPS:
                    self._groups.popitem(last=False)
            self._groups.move_to_end(number)
            return self._groups[number]
