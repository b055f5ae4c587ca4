"""The parts of a run that classifies: each on disk as soon as it is whole, in a hidden folder.

So a run that is killed goes on with what it has. What the parts follow from stands beside them; one
process at a time works there, by a lock that the operating system takes back from the dead.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from core.images.names import shown
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.parquet import read_parquet, write_parquet

PART = 1_024
"""Files of one part: what a run that is killed may lose, twice."""
_BASIS = "run.json"
_NAME_BYTES = 200  # of the 255 that a name may have


@dataclass(frozen=True)
class Parts:
    """Where the parts are.

    Attributes:
        files: how many files all of them hold; size: how many one holds.
        basis: what they follow from.
        dropped: parts of an earlier run were thrown away, because it was of this: "the model
            file", "the folder", …; "" where none were.
    """

    folder: Path
    files: int
    size: int = PART
    dropped: str = ""
    basis: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many parts there will be."""
        return -(-self.files // self.size)

    def rows(self, number: int) -> int:
        """How many files a part holds."""
        return min(self.size, self.files - number * self.size)

    def span(self, number: int) -> slice:
        """Where the files of a part are among all."""
        return slice(number * self.size, number * self.size + self.rows(number))

    def write(self, number: int, frame: pl.DataFrame) -> None:
        """Keep a part, one row a file, in one step.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        write_parquet(self._file(number), frame)

    def missing(self) -> list[int]:
        """Numbers of the parts that are still to be made, rising."""
        return [number for number in range(self.count) if not self._is_whole(number)]

    def frames(self) -> Iterator[pl.DataFrame]:
        """All parts in their order, one at a time."""
        for number in range(self.count):
            yield self.read(number)

    def read(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One part, or some of its columns.

        Raises:
            WinnowError: it is gone.
        """
        try:
            return read_parquet(self._file(number), None if columns is None else list(columns))
        except FileNotFoundError:
            raise WinnowError(
                "What was classified is not there any more: classify the folder once more."
            ) from None

    def unchanged(self) -> bool:
        """Whether all parts are still there, of the same basis."""
        try:
            same = _basis_of(self.folder) == dict(self.basis)
        except (WinnowError, OSError):
            return False
        return same and not self.missing()

    def _is_whole(self, number: int) -> bool:
        try:
            frame = read_parquet(self._file(number), ["path"])
        except (OSError, pl.exceptions.PolarsError):
            return False
        return len(frame) == self.rows(number)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.parquet"


def beside(out: Path) -> Path:
    """The folder for the parts of what becomes ``out``: hidden, and beside it."""
    name = os.fsdecode(os.fsencode(out.name)[:_NAME_BYTES])
    return out.absolute().with_name(f".{name}.parts")


@contextmanager
def parts_in(
    folder: Path, basis: Mapping[str, str], files: int, size: int = PART, stay: bool = False
) -> Iterator[Parts]:
    """The parts in a folder, which goes when the block ends well and stays when it raises.

    Args:
        basis: what the parts follow from: what it is called → a digest. Parts of another basis are
            thrown away.
        files, size: as of `Parts`.
        stay: the folder stays when the block ends well, too.

    Raises:
        WinnowError: another process works there, or the folder is somebody else's.
        StorageError: the disk is full or cannot be written.
    """
    roots.check(folder)
    lock = FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)
    with storage_errors(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, folder)
    try:
        dropped = _opened(folder, basis)
        yield Parts(folder, files, size, dropped, basis)
        if not stay:
            with storage_errors(folder.parent):
                shutil.rmtree(folder)
    finally:
        # Removed while it is held, so that nobody waits for a file that is gone.
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _acquire(lock: FileLock, folder: Path) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WinnowError(
            f"Another run works in {shown(folder)} at this moment: wait until it has ended, stop "
            "it, or name another file to write."
        ) from None


def _opened(folder: Path, basis: Mapping[str, str]) -> str:
    """Make the folder, or go on in it; returns in what an earlier run differed."""
    if not os.path.lexists(folder):
        _begin(folder, basis)
        return ""
    before = _basis_of(folder)
    differing = [name for name, value in basis.items() if before.get(name) != value]
    if not differing:
        return ""
    with storage_errors(folder.parent):
        shutil.rmtree(folder)
    _begin(folder, basis)
    return differing[0] if before else ""


def _begin(folder: Path, basis: Mapping[str, str]) -> None:
    with storage_errors(folder.parent):
        folder.mkdir()
    write_atomic(folder / _BASIS, json.dumps(dict(basis)).encode())


def _basis_of(folder: Path) -> dict[str, str]:
    """What the parts of an earlier run follow from; {} where it was stopped before any.

    Raises:
        WinnowError: the folder was not made by such a run.
    """
    in_the_way = WinnowError(
        f"{shown(folder)} is in the way and was not made by Winnow: move it away, or name another "
        "file to write."
    )
    if folder.is_symlink() or not folder.is_dir():
        raise in_the_way
    try:
        content = inputs.load_json(folder / _BASIS)
    except FileNotFoundError:
        if any(not entry.name.startswith(f".{_BASIS}") for entry in folder.iterdir()):
            raise in_the_way from None
        return {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
