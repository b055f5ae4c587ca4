"""The columns of a workspace on disk, each import a version that can be taken back.

    metadata/index.json        the versions, oldest first; the last one counts
    metadata/000003.parquet    the columns as they were after the third import

A version is a whole table in a file that is never changed, and the index is replaced in one step
once that file is on the disk. So readers see one version or the next, a crash leaves the present
one, and what an import replaced lies where the version before it has it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.metadata.table import EMPTY, KINDS, Kind, MetadataTable
from core.store.parquet import read_parquet, write_parquet
from core.store.people.gate import doing
from core.store.people.roles import IMPORT

FOLDER, INDEX = "metadata", "index.json"
FORMAT = 1
MOST_VERSIONS = 20
"""Versions on disk, the newest; imports before them cannot be taken back any more."""
_PATIENCE = 10.0  # seconds for another process that writes the same folder
_IDS = "0"  # the column of image ids; the others are numbered, for their names may be anything


@dataclass(frozen=True)
class Version:
    """The columns after one import.

    Attributes:
        number: rises with each import of a workspace, and names the file.
        time: seconds since the epoch.
        what: what was imported, for the list: "products.csv".
        kinds: name → kind, of all columns.
        added: names of the columns that the import brought or replaced.
        digest: of the content; see `MetadataTable.version`.
    """

    number: int
    time: float
    what: str
    kinds: dict[str, Kind]
    added: list[str]
    digest: str


def index_file(root: Path) -> Path:
    """The file that is replaced whenever the columns of a workspace folder change."""
    return root / FOLDER / INDEX


def versions_of(root: Path) -> list[Version]:
    """The imports of a workspace folder that can be taken back, oldest first.

    Raises:
        WinnowError: the index is damaged, or a newer Winnow wrote it.
    """
    return _index(root)[0]


def load_metadata(root: Path) -> MetadataTable:
    """The columns of a workspace folder as they are now; empty when none were ever brought.

    Raises:
        WinnowError: a file is damaged.
    """
    versions = versions_of(root)
    if not versions:
        return EMPTY
    try:
        return _load(root, versions[-1])
    except (pl.exceptions.PolarsError, OSError, KeyError) as error:
        if versions_of(root) != versions:  # taken back meanwhile
            return load_metadata(root)
        raise WinnowError(
            f"The columns in {shown(_file(root, versions[-1].number))} are damaged: take the last "
            "import back and import it again."
        ) from error


def save_metadata(root: Path, table: MetadataTable, what: str, added: Sequence[str]) -> Version:
    """Keep a table as the next version.

    Args:
        table: all columns; its own ``version`` does not count.
        what: what was imported, for the list; added: the columns that it brought or replaced.

    Raises:
        WinnowError: the disk is full or cannot be written; the columns are the old ones then.
    """
    with changing(root):
        versions, dropped = _index(root)
        number = _next_number(root, versions)
        version = Version(number, time.time(), what, dict(table.kinds), list(added), _digest(table))
        columns = [pl.Series(_IDS, table.ids, dtype=pl.String)]
        columns += [table.cells[name].rename(str(n)) for n, name in enumerate(table.names, 1)]
        write_parquet(_file(root, number), pl.DataFrame(columns))
        versions.append(version)
        _write_index(root, versions[-MOST_VERSIONS:], dropped + len(versions[:-MOST_VERSIONS]))
    return version


def take_back(root: Path) -> Version:
    """Take the last import back; the columns are those of before it.

    Returns:
        What was taken back.

    Raises:
        WinnowError: there is no import that could be, or the disk does not take it.
    """
    with changing(root):
        versions, dropped = _index(root)
        if not versions:
            raise WinnowError("There is no import of columns to take back: import a table first.")
        if len(versions) == 1 and dropped:
            raise WinnowError(
                f"The last {MOST_VERSIONS - 1} imports were taken back, and those before them "
                "cannot be: import a table with the columns that you need."
            )
        with doing(root, IMPORT, f"columns of {versions[-1].what} taken back"):
            _write_index(root, versions[:-1], dropped)
    return versions[-1]


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """One process at a time changes the columns of a workspace folder.

    Raises:
        StorageError: another one has been at it for long, or the folder cannot be written.
    """
    folder = root / FOLDER
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=_PATIENCE, is_singleton=True)
        try:
            lock.acquire()
        except Timeout:
            raise StorageError(
                f"{shown(folder)} has been held by another program for {_PATIENCE:g} seconds: try "
                "again."
            ) from None
    try:
        yield
    finally:
        lock.release()


def _index(root: Path) -> tuple[list[Version], int]:
    """The versions on disk, and how many before them were let go."""
    path = index_file(root)
    try:
        content = inputs.load_json(path, inputs.TABLE_BYTES)
        if content["format"] > FORMAT:
            raise WinnowError(f"{shown(path)} was written by a newer Winnow: update Winnow.")
        return [_version(entry) for entry in content["versions"]], int(content["dropped"])
    except FileNotFoundError:
        return [], 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): move it away and import the columns again."
        ) from error


def _version(entry: Any) -> Version:
    kinds = {str(name): kind for name, kind in entry["kinds"].items()}
    if not set(kinds.values()) <= set(KINDS):
        raise ValueError("a column is of no kind that there is")
    return Version(
        int(entry["number"]), float(entry["time"]), str(entry["what"]), kinds,
        [str(name) for name in entry["added"]], str(entry["digest"]),
    )  # fmt: skip


def _load(root: Path, version: Version) -> MetadataTable:
    frame = read_parquet(_file(root, version.number))
    names = tuple(version.kinds)
    if frame.width != len(names) + 1:
        raise OSError("it has other columns than the index")
    cells = {name: frame[str(n)] for n, name in enumerate(names, 1)}
    return MetadataTable(names, version.kinds, version.digest, frame[_IDS].to_list(), cells)


def _file(root: Path, number: int) -> Path:
    return root / FOLDER / f"{number:06}.parquet"


def _next_number(root: Path, versions: Sequence[Version]) -> int:
    """A number that no file has: also that of an import that was taken back."""
    numbers = [version.number for version in versions]
    numbers += [int(path.stem) for path in (root / FOLDER).glob("[0-9]*.parquet")]
    return max(numbers, default=0) + 1


def _write_index(root: Path, versions: Sequence[Version], dropped: int) -> None:
    content = {"format": FORMAT, "dropped": dropped, "versions": [asdict(v) for v in versions]}
    write_atomic(index_file(root), json.dumps(content, ensure_ascii=False).encode())
    listed = {_file(root, version.number) for version in versions}
    for path in (root / FOLDER).glob("[0-9]*.parquet"):
        if path not in listed:
            with suppress(OSError):  # next time, then
                path.unlink()


def _digest(table: MetadataTable) -> str:
    """Of the content alone, so that an import that is taken back gives the version of before."""
    content = hashlib.blake2b(digest_size=12)
    content.update(json.dumps([list(table.names), dict(table.kinds)]).encode())
    frame = pl.DataFrame([pl.Series(_IDS, table.ids, dtype=pl.String)])
    for number, name in enumerate(table.names, 1):
        frame = frame.with_columns(table.cells[name].rename(str(number)))
    content.update(str(frame.schema).encode())
    content.update(frame.hash_rows(seed=0).to_numpy().tobytes())
    return content.hexdigest()
