"""What travels between the stages: Arrow tables of one row a file.

Files come as ``part`` (int32, a number that travels along), path, size and mtime_ns. What was read
has the columns of a catalog, ``part``, and ``pixels``: the array in NumPy's own format, null where
nothing is to be encoded. What was encoded has ``vector`` in place of it: float32 as bytes, null
for none.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import polars as pl
import pyarrow as pa

from core.embedding.engines.base import Finished
from core.embedding.reading import Read
from core.images.scan import FoundFile
from core.store.catalog import ImageRow, to_frame, to_rows


def of_files(files: Sequence[FoundFile], part: int = 0) -> pa.Table:
    """Files that are to be read."""
    return pa.table(
        {
            "part": pa.array([part] * len(files), pa.int32()),
            "path": pa.array([file.path for file in files], pa.large_string()),
            "size": pa.array([file.size for file in files], pa.int64()),
            "mtime_ns": pa.array([file.mtime_ns for file in files], pa.int64()),
        }
    )


def files_of(table: pa.Table) -> list[FoundFile]:
    """The way back from `of_files`."""
    columns = (table[name].to_pylist() for name in ("path", "size", "mtime_ns"))
    return [FoundFile(*values) for values in zip(*columns, strict=True)]


def of_read(results: Sequence[Read], part: int) -> pa.Table:
    """What reading made of files, by path."""
    frame = to_frame(result.row for result in results)
    pixels = {result.row.path: result.pixels for result in results}
    packed = [None if (one := pixels[path]) is None else _packed(one) for path in frame["path"]]
    return _with_part(frame, part).append_column("pixels", pa.array(packed, pa.large_binary()))


def pixels_of(table: pa.Table) -> dict[str, np.ndarray]:
    """Image id → pixels of the images that are to be encoded, each once."""
    result: dict[str, np.ndarray] = {}
    for image_id, cell in zip(table["id"].to_pylist(), table["pixels"], strict=True):
        if image_id not in result and cell.is_valid:
            result[image_id] = np.load(io.BytesIO(cell.as_buffer()), allow_pickle=False)
    return result


def of_encoded(table: pa.Table, vectors: dict[str, np.ndarray]) -> pa.Table:
    """The rows of what was read with their images' vectors (D,) float32, by image id."""
    cells = [
        None if (vector := vectors.get(image_id)) is None else vector.tobytes()
        for image_id in table["id"].to_pylist()
    ]
    rest = table.drop_columns(["pixels"])
    return rest.append_column("vector", pa.array(cells, pa.large_binary()))


def rows_of(table: pa.Table) -> list[ImageRow]:
    """The rows of a catalog."""
    frame = pl.from_arrow(table.drop_columns(["part", "vector"]))
    assert isinstance(frame, pl.DataFrame)
    return to_rows(frame)


def vectors_of(table: pa.Table) -> list[np.ndarray | None]:
    """The vector of each row."""
    return [
        None if cell is None else np.frombuffer(cell, np.float32)
        for cell in table["vector"].to_pylist()
    ]


def finished(table: pa.Table) -> Finished:
    """Rows and vectors as an engine gives them, each image's vector once."""
    rows = rows_of(table)
    vectors = {
        row.id: vector
        for row, vector in zip(rows, vectors_of(table), strict=True)
        if row.id is not None and vector is not None
    }
    if not vectors:
        return Finished(rows)
    return Finished(rows, list(vectors), np.stack(list(vectors.values())))


def parts_of(table: pa.Table) -> list[int]:
    """The parts that a table has rows of, in their order."""
    return [part for part, _ in groupby(table["part"].to_pylist())]


def _with_part(frame: pl.DataFrame, part: int) -> pa.Table:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.append_column("part", pa.array([part] * len(frame), pa.int32()))


def _packed(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, pixels, allow_pickle=False)
    return buffer.getvalue()
