"""What SQLite and the disk refuse of a label file, as one sentence with the way out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import StorageError, WinnowError
from core.store.backups.listing import backups_of, way_back

PATIENCE = 10.0
"""Seconds to wait for another program that holds the label file."""
_FULL_BELOW = 256 * 1024  # bytes left; SQLite's files beside a label file need 32 KB at once

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DENIED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_NEVER = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}
_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


@contextmanager
def label_file_errors(path: Path) -> Iterator[None]:
    """Turn what fails in the block, at the label file ``path``, into a `WinnowError`.

    All but what can never be stored are a `StorageError`: the same step may work later.
    """
    try:
        yield
    except sqlite3.Error as error:
        if primary_code(error) in _NEVER:
            raise WinnowError(
                f"Nothing was saved in {shown(path)}, because it takes no such answer ({error})."
            ) from error
        raise StorageError(_sentence(path, error)) from error
    except OSError as error:
        raise StorageError(_of_the_disk(path, error.strerror or str(error))) from error
    except UnicodeEncodeError as error:
        raise WinnowError(
            f"Nothing was saved in {shown(path)}: a name of a class, a tag or a person holds half "
            "a character, which is no text; write it anew."
        ) from error


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code without its details; None for what Python's module found itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _sentence(path: Path, error: sqlite3.Error) -> str:
    code, name = primary_code(error), shown(path)
    if code in _LOCKED:
        return (
            f"The label file {name} has been locked by another program for {PATIENCE:g} seconds: "
            "close what uses it (a database viewer, a sync or backup program) and try again."
        )
    if code in _DISK | _DENIED:
        return _of_the_disk(path, str(error), denied=code in _DENIED)
    if code == sqlite3.SQLITE_NOMEM:
        return f"There was not enough memory for {name}: close other programs and try again."
    return (
        f"The label file {name} cannot be opened: it is damaged or no label file ({error}). "
        f"Nothing in it was changed. {_way_back(path)}"
    )


def _of_the_disk(path: Path, detail: str, denied: bool = False) -> str:
    name, folder = shown(path), shown(path.parent)
    if not path.parent.is_dir():
        return (
            f"The folder {folder} with the labels is gone: connect its drive again, or put it back "
            "where it was."
        )
    if not path.exists():
        return f"The label file {name} is gone. {_way_back(path)}"
    if _is_full(path.parent):
        return (
            f"The disk that holds {name} is full: free some space and try again; what was saved "
            "before is safe."
        )
    if denied or "open" in detail:
        return (
            f"The label file {name} cannot be written ({detail}): allow writing it and its folder, "
            "which may be on a read-only disk; what was saved before is safe."
        )
    return (
        f"The label file {name} cannot be read or written ({detail}): check its disk, a limit on "
        "the space or the size of files there, and the connection to it, then try again."
    )


def _way_back(path: Path) -> str:
    way = way_back(path)
    if backups_of(path.parent):
        return way
    return (
        f"{way} Put a copy of your own in its place, or move away what is left of it and start "
        "Winnow anew to begin without labels."
    )


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _FULL_BELOW
    except OSError:
        return False
