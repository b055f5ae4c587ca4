"""Deliveries on record: two files each in one folder, written so that a crash leaves none by half.

``KEY.json`` says what a delivery was like and names its table, ``KEY-DIGEST.parquet``, which has a
row an image with what tells it again: content id, perceptual hash and vector. The table is written
first; one that no record names is nobody's.
"""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.images.names import as_text, located, shown
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.parquet import read_parquet
from core.store.places import deliveries_root

COLUMNS = {
    "path": pl.String,
    "id": pl.String,
    "phash": pl.Binary,
    "vector": pl.Binary,
    "class": pl.String,
    "probability": pl.Float32,
    "duplicate": pl.String,
    "duplicate_of": pl.String,
    "unlike": pl.Int32,
    "ask": pl.Int32,
    "fields": pl.String,
}
"""Of the table, see `core.services.deliveries.receiving.Delivery`; ``vector`` is float16."""
_RECORD_BYTES = 4_000_000
_MOST_RECORDS = 10_000  # that a folder is read for
_Text = Annotated[str, Field(max_length=10_000)]
_Count = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    # Built when a record is first read: that takes longer than the module.
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, frozen=True, defer_build=True)


class ShareRow(_Part):
    """A class: its share of the delivery with a 95 % interval, and of the collection before."""

    name: _Text
    images: _Count
    share: _Share
    low: _Share
    high: _Share
    before: _Share
    moved: bool


class Record(_Part):
    """What a delivery was like.

    Attributes:
        key: name of its files; name: of its folder or archive; folder: where its images lay.
        received: ISO 8601 in UTC, when it first came.
        model: name of the model file; digest: of what that says; encoder: its identity. The model
            file itself lies beside the record, see ``model_of``.
        images: files that could be used; copies: those whose content another one of them has.
        unlike: about which share of the images looks like nothing known; would_show: a sentence
            on whether something new would have been seen, "" where it was or nobody can say.
        exact, near: images with the content of an earlier delivery's, and nearly the same.
        ask: random labels that prove the accuracy again; None where it was never measured.
        accuracy: what the model file has, with its interval.
        missing: images that lack a required field.
        steps: what was done with the delivery, in sentences.
        table: name of the table's file.
    """

    version: Literal[1] = 1
    key: Annotated[str, Field(pattern=r"^[\w.-]{1,80}$")]
    name: _Text
    folder: _Text
    received: _Text
    model: _Text
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    encoder: _Text
    images: _Count
    copies: _Count
    rejected: _Count
    kind: Literal["same", "moved", "new"]
    sentences: list[_Text]
    shares: Annotated[list[ShareRow], Field(max_length=1_000)]
    unlike: _Share
    would_show: _Text = ""
    exact: _Count
    near: _Count
    ask: _Count | None
    accuracy: tuple[_Share, _Share, _Share] | None
    fields: dict[_Text, _Text]
    required: list[_Text]
    missing: _Count
    steps: list[_Text] = []
    table: Annotated[str, Field(pattern=r"^[\w.-]{1,120}\.parquet$")] = "none.parquet"


def key_of(name: str, frame: pl.DataFrame) -> str:
    """The key of a delivery: the same images under the same paths are the same delivery.

    Args:
        name: of its folder or archive.
        frame: (N,) ``path`` and ``id`` of its images, rising by path.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path, image_id in frame.select("path", "id").iter_rows():
        digest.update(f"{path}\0{image_id}\n".encode("utf-8", "surrogatepass"))
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:40] or "delivery"
    return f"{safe}-{digest.hexdigest()}"


def save(folder: Path, record: Record, frame: pl.DataFrame) -> Record:
    """Put a delivery on record, in the place of one with the same key.

    Raises:
        StorageError: the disk is full or cannot be written; the earlier record stays.
    """
    roots.check(folder)
    buffer = io.BytesIO()
    frame.select(list(COLUMNS)).write_parquet(buffer, compression="zstd")
    digest = hashlib.blake2b(buffer.getvalue(), digest_size=4).hexdigest()
    record = record.model_copy(update={"table": f"{record.key}-{digest}.parquet"})
    write_atomic(folder / record.table, buffer.getvalue())
    _write(folder, record)
    with storage_errors(folder):
        for old in folder.glob(f"{record.key}-{'?' * 8}.parquet"):
            if old.name != record.table:
                old.unlink(missing_ok=True)
    return record


def add_step(folder: Path, record: Record, sentence: str) -> Record:
    """Put on record what was done with a delivery.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    now = next((one for one in records(folder) if one.key == record.key), record)
    now = now.model_copy(update={"steps": [*now.steps, as_text(sentence)]})
    _write(folder, now)
    return now


def _write(folder: Path, record: Record) -> None:
    write_atomic(folder / f"{record.key}.json", record.model_dump_json(indent=1).encode())


def model_of(folder: Path, record: Record) -> Path:
    """Where the model file lies that received a delivery."""
    return folder / f"{record.digest}.winnow"


def images_of(record: Record) -> Path:
    """The folder of a delivery's images."""
    return located(Path("/"), record.folder)


def shelves() -> list[tuple[Path, Record]]:
    """All deliveries in the user's data folder that this process may open, the latest first.

    Raises:
        WinnowError: a record is damaged.
    """
    root = deliveries_root("").parent
    folders = [path for path in sorted(root.glob("[!.]*")) if path.is_dir()]
    both = [(folder, record) for folder in folders for record in records(folder)]
    both = [pair for pair in both if roots.allows(images_of(pair[1]))]
    return sorted(both, key=lambda pair: (pair[1].received, pair[1].key), reverse=True)


def records(folder: Path) -> list[Record]:
    """All deliveries on record, the latest first; none where there is no folder.

    Raises:
        WinnowError: a record is damaged.
    """
    roots.check(folder)
    files = sorted(folder.glob("[!.]*.json"))[:_MOST_RECORDS] if folder.is_dir() else []
    return sorted((_read(path) for path in files), key=lambda r: (r.received, r.key), reverse=True)


def _read(path: Path) -> Record:
    try:
        return Record.model_validate_json(inputs.read_bytes(path, _RECORD_BYTES))
    except (OSError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise WinnowError(
            f"{shown(path)} is no record of a delivery that can be read ({first}): move it away."
        ) from error


def table_of(folder: Path, record: Record, columns: list[str] | None = None) -> pl.DataFrame:
    """The images of a delivery, see `COLUMNS`.

    Raises:
        WinnowError: its table is gone or damaged.
    """
    path = folder / record.table
    roots.check(path)
    try:
        frame = read_parquet(path, columns)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise WinnowError(
            f"The images of the delivery {shown(record.name)} cannot be read from {shown(path)} "
            f"({str(error).splitlines()[0]}): receive it once more, or move {record.key}.json away."
        ) from error
    wanted = {name: COLUMNS[name] for name in columns or COLUMNS}
    if dict(frame.schema) != wanted:
        raise WinnowError(f"{shown(path)} is no table of a delivery: move {record.key}.json away.")
    return frame
