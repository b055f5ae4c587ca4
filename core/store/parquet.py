"""Parquet files at paths of any name.

What is handed a path may take it for a pattern: for Polars "ws [2024]" is the folder "ws 2", and
the table of a neighbour is read. And no path that is not UTF-8 can be handed on. So files are
opened here.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic

_MAGIC = b"PAR1"
_ROWS = 4_096
_MOST = 4 * inputs.TABLE_BYTES  # of what is unpacked, and of characters


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The table of one file.

    Raises:
        polars.exceptions.PolarsError, OSError: it cannot be read.
    """
    with inputs.open_file(path) as file:
        return pl.read_parquet(file, columns=None if columns is None else list(columns))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Replace a file by a table in one step.

    Raises:
        WinnowError: the disk is full or cannot be written; the file is the old one.
    """
    # Through memory: what Polars raises on a full disk does not say that the disk is full.
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    write_atomic(path, buffer.getvalue())


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does; False where there is none that can be read."""
    try:
        with inputs.open_file(path) as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def column_names(path: Path) -> list[str]:
    """Names of the columns of a table that somebody brought.

    Raises:
        WinnowError: it is too large, or no Parquet.
    """
    with _opened(path) as table:
        return list(table.schema_arrow.names)


def readable_columns(path: Path) -> list[str]:
    """Names of the columns that `text_columns` can read with ``every``: all but pictures' bytes.

    Raises:
        WinnowError: it is too large, or no Parquet.
    """
    with _opened(path) as table:
        return [field.name for field in table.schema_arrow if not _holds_bytes(field.type)]


def text_columns(
    path: Path, names: Sequence[str], every: bool = False
) -> Iterator[tuple[str, ...]]:
    """The cells of some columns as text, a row at a time; "" for what is empty.

    Whole numbers are written without a point. Numbers of a Hugging Face class column are its names.

    Args:
        names: of the columns; none may be there twice.
        every: take dates, times and lists too, written as ISO 8601 and with commas.

    Raises:
        WinnowError: it is too large or damaged, or a column holds neither texts nor numbers.
    """
    with _opened(path) as table:
        if not every:
            _check_kinds(path, table.schema_arrow, names)
        plain = [name for name in names if not table.schema_arrow.field(name).type.num_fields]
    with _opened(path, plain) as table:
        classes = _class_names(table.schema_arrow.metadata or {})
        length = _unpacked(table.metadata, names)
        for batch in table.iter_batches(
            _ROWS, columns=list(dict.fromkeys(names)), use_threads=False
        ):
            cells = [_cells(batch[name], classes.get(name)) for name in names]
            length += sum(len(text) for column in cells for text in column)
            if length > _MOST:
                raise WinnowError(f"{path} holds more than {_MOST:,} bytes of text: split it up.")
            yield from zip(*cells, strict=True)


def picture_rows(
    path: Path,
    path_column: Callable[[list[str]], str | None],
    label_column: Callable[[list[str]], str],
) -> Iterator[tuple[str, str]] | None:
    """Path and class of each row of a table that holds pictures, as Hugging Face's `datasets` write
    it; None for one without. The pictures themselves are not read.

    Args:
        path_column: of the flat columns, the one with paths; None for the pictures' own names.
        label_column: of the flat columns, the one that holds classes.

    Raises:
        WinnowError: it cannot be read, or a column holds neither texts nor numbers.
    """
    import pyarrow as pa

    with _opened(path, whole=False) as table:
        schema = table.schema_arrow
        pictures = [
            field.name
            for field in schema
            if pa.types.is_struct(field.type)
            and {"bytes", "path"} <= {part.name for part in field.type}
        ]
        if not pictures:
            return None
        flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
        label, place = label_column(flat), path_column(flat)
        _check_kinds(path, schema, [label] if place is None else [label, place])
    if place is None:
        return _picture_rows(path, f"{pictures[0]}.path", label, pictures[0])
    return _picture_rows(path, place, label)


def _picture_rows(
    path: Path, place: str, label: str, inside: str | None = None
) -> Iterator[tuple[str, str]]:
    """Path and class of each row; ``inside`` is the column of pictures that holds the paths."""
    with _opened(path, whole=False) as table:
        classes = _class_names(table.schema_arrow.metadata or {})
        length = 0
        for batch in table.iter_batches(_ROWS, columns=[place, label], use_threads=False):
            paths = batch[place] if inside is None else batch[inside].field("path")
            cells = [_cells(paths, None), _cells(batch[label], classes.get(label))]
            length += sum(len(text) for column in cells for text in column)
            if length > _MOST:
                raise WinnowError(f"{path} holds more than {_MOST:,} bytes of text: split it up.")
            yield from zip(*cells, strict=True)


def _check_kinds(path: Path, schema: Any, names: Sequence[str]) -> None:
    import pyarrow as pa

    for name in names:
        kind = schema.field(name).type
        if pa.types.is_nested(kind) or pa.types.is_temporal(kind):
            raise WinnowError(
                f"{path}: the column {name} holds {kind}, neither texts nor numbers: write it as "
                "text."
            )


def _holds_bytes(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_nested(kind):
        return any(_holds_bytes(kind.field(place).type) for place in range(kind.num_fields))
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind)
    )  # fmt: skip


def _unpacked(metadata: Any, names: Sequence[str]) -> int:
    """Bytes that columns say to have once they are unpacked."""
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    columns = (group.column(number) for group in groups for number in range(group.num_columns))
    return sum(
        column.total_uncompressed_size
        for column in columns
        if column.path_in_schema in names or column.path_in_schema.split(".")[0] in names
    )


def _cells(column: Any, names: Sequence[str] | None) -> list[str]:
    """The cells of one column; equal ones of a dictionary are one text in memory."""
    if not hasattr(column, "dictionary"):
        return [_cell(value, names) for value in column.to_pylist()]
    values = [_cell(value, names) for value in column.dictionary.to_pylist()]
    return ["" if number is None else values[number] for number in column.indices.to_pylist()]


def _cell(value: object, names: Sequence[str] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if names is not None and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    if isinstance(value, list):
        return ", ".join(_cell(each, names) for each in value)
    return str(value)


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Column → names of its classes, as Hugging Face keeps them; empty where it does not."""
    try:
        features = inputs.parse_json(metadata[b"huggingface"])["info"]["features"]
        return {
            column: list(map(str, feature["names"]))
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


@contextmanager
def _opened(path: Path, texts: Sequence[str] = (), whole: bool = True) -> Iterator[Any]:
    """A Parquet file of a size that can be read; errors of reading it become one sentence.

    Args:
        texts: columns whose equal cells are kept once, however often they come.
        whole: most of it is read, so that it may not have any size.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with inputs.open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if whole and size > inputs.TABLE_BYTES:
                raise WinnowError(
                    f"{path} has {size:,} bytes, more than {inputs.TABLE_BYTES:,}: leave out what "
                    "is neither path nor text, such as the pictures."
                )
            yield pq.ParquetFile(file, read_dictionary=list(texts))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        first = str(error).strip().splitlines()[:1]
        raise WinnowError(
            f"{path} cannot be read as Parquet ({' '.join(first)}): write it anew."
        ) from error
