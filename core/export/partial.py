"""The unfinished folder of an export: a hidden sibling of its destination, one writer at a time.

Its name ends in the digest of the plan, so the next run of the same plan finds it and goes on
there. The lock beside it is the operating system's, which lets go of it when its holder dies: a
folder without a live holder is a leftover.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.export.files import destination_error
from core.runtime.errors import WinnowError

_LOCK = "lock"


@dataclass(frozen=True)
class Partial:
    """The folder to write into; `resumed` when an interrupted run of the same plan left it.

    `others` are unfinished folders of other plans for the same destination. Nobody writes there.
    """

    folder: Path
    resumed: bool
    others: list[Path]


@contextmanager
def partial_folder(out: Path, digest: str) -> Iterator[Partial]:
    """The unfinished folder of `out` for one plan, to be moved to `out` by the body.

    When the body raises, the folder goes, with any parents made for it; only a killed process
    leaves one.

    Raises:
        WinnowError: another run is writing `out`, the destination fails, or the folder of a failed
            run could not be removed.
    """
    real = out.resolve()
    prefix = _prefix(real)
    folder = real.parent / f"{prefix}{digest}"
    parents: list[Path] = []
    lock = FileLock(real.parent / f"{prefix}{_LOCK}", thread_local=False)
    try:
        _make_parents(real, parents)
        _acquire(lock, out)
        try:
            resumed = _is_own(folder, out)
            try:
                folder.mkdir(exist_ok=True)
                yield Partial(folder, resumed, [p for p in partial_folders(out) if p != folder])
            except BaseException as error:
                _remove(folder, out, error)
                raise
        finally:
            # Removed while still held, so that nobody can be waiting for a file that is gone.
            with suppress(OSError):
                Path(lock.lock_file).unlink()
            lock.release()
    except BaseException as error:
        # A parent that is not empty is in use by somebody else now, and stays.
        with suppress(OSError):
            for parent in reversed(parents):
                parent.rmdir()
        if isinstance(error, OSError):
            raise destination_error(error, out) from error
        raise


def partial_folders(out: Path) -> list[Path]:
    """Unfinished folders beside `out`, left by runs that were killed (or still at work)."""
    real = out.resolve()
    if not real.parent.is_dir():
        return []
    prefix = _prefix(real)
    return sorted(
        entry for entry in real.parent.iterdir() if entry.name.startswith(prefix) and entry.is_dir()
    )


def _prefix(real: Path) -> str:
    """How the name of an unfinished export of `real` begins (hidden, and telling whose it is)."""
    # A name may have 255 bytes; the partial one must leave room for its ending.
    name = os.fsdecode(os.fsencode(real.name)[:200])
    return f".{name}.partial-"


def _make_parents(real: Path, made: list[Path]) -> None:
    for parent in reversed(real.parents):
        if not parent.exists():
            parent.mkdir()
            made.append(parent)


def _acquire(lock: FileLock, out: Path) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WinnowError(
            f"Another run is writing {out} at this moment; wait until it has ended, stop it, "
            "or name another folder."
        ) from None


def _is_own(folder: Path, out: Path) -> bool:
    """Whether there is a folder to go on in.

    Raises:
        WinnowError: something of that name is there that this user's run cannot have left.
    """
    if not os.path.lexists(folder):
        return False
    mine = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    if folder.is_symlink() or not folder.is_dir() or not mine:
        raise WinnowError(
            f"{folder} is in the way of writing {out} and was not made by you; "
            "remove it or name another folder."
        )
    return True


def _remove(folder: Path, out: Path, error: BaseException) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise WinnowError(
            f"Writing {out} was broken off and its unfinished folder {folder} could not be "
            "removed; delete that folder when the disk allows it, or run again to go on there."
        ) from error
