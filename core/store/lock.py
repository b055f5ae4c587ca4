"""One writer per workspace, and one per small file in it, across threads and processes."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import StorageError, WinnowError
from core.runtime.files import storage_errors
from core.runtime.progress import Report

_LOOK_EVERY = 0.5  # seconds
_PATIENCE = 10.0  # seconds for another process that writes the same file


@contextmanager
def writer(workspace: Path, what: str, report: Report | None = None) -> Iterator[None]:
    """Hold the workspace for writing while the block runs.

    The operating system lets go of the lock when its holder dies, so a crash never leaves one.

    Args:
        what: what the holder does, for the message to others.
        report: wait for the present holder instead of giving up, and tell it who that is.

    Raises:
        WinnowError: somebody else holds it; the message says who and since when.
        Cancelled: asked to stop while waiting.
    """
    with storage_errors(workspace):
        workspace.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace / ".writer.lock")
    holder = workspace / ".writer.json"
    _acquire(lock, workspace, holder, report)
    try:
        host = socket.gethostname()
        entry = {"what": what, "pid": os.getpid(), "host": host, "time": time.time()}
        with storage_errors(workspace):
            holder.write_text(json.dumps(entry))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, workspace: Path, holder: Path, report: Report | None) -> None:
    patience = 0.0
    while True:
        try:
            with storage_errors(workspace):
                lock.acquire(timeout=patience)
        except Timeout:
            if report is None:
                raise WinnowError(
                    f"The workspace {workspace} is in use{_describe(holder)}: wait until that has "
                    "ended, or stop it first."
                ) from None
            report.step(f"The workspace is in use{_describe(holder)}; waiting")
            patience = _LOOK_EVERY
        else:
            return


def _describe(holder: Path) -> str:
    try:
        entry = inputs.load_json(holder)
        since = time.strftime("%H:%M", time.localtime(entry["time"]))
        return f" ({entry['what']}, process {entry['pid']} on {entry['host']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # being written just now


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Read a small file, change it and write it while nobody else does; it need not exist.

    Raises:
        StorageError: somebody else holds it for long, or it cannot be written.
    """
    try:
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=_PATIENCE):
            yield
    except Timeout as error:
        raise StorageError(
            f"{shown(path)} has been held by another program for {_PATIENCE:g} seconds: try again."
        ) from error
    except OSError as error:
        raise StorageError(
            f"{shown(path)} cannot be written ({error.strerror or error}): free some space or "
            "allow writing there, and try again."
        ) from error
