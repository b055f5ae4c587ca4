"""One writer per workspace, across threads and processes."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors

Waiting = Callable[[str], None]
_LOOK_EVERY = 0.5  # seconds


@contextmanager
def writer(workspace: Path, what: str, waiting: Waiting | None = None) -> Iterator[None]:
    """Hold the workspace for writing while the block runs.

    The operating system lets go of the lock when its holder dies, so a crash never leaves one.

    Args:
        what: what the holder does, for the message to others.
        waiting: wait for the present holder instead of giving up. It is called twice a second with
            who that is, and ends the waiting by raising.

    Raises:
        WinnowError: somebody else holds it; the message says who and since when.
    """
    with storage_errors(workspace):
        workspace.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace / ".writer.lock")
    holder = workspace / ".writer.json"
    _acquire(lock, workspace, holder, waiting)
    try:
        said = {"what": what, "pid": os.getpid(), "host": socket.gethostname(), "time": time.time()}
        with storage_errors(workspace):
            holder.write_text(json.dumps(said))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, workspace: Path, holder: Path, waiting: Waiting | None) -> None:
    patience = 0.0
    while True:
        try:
            with storage_errors(workspace):
                lock.acquire(timeout=patience)
        except Timeout:
            if waiting is None:
                raise WinnowError(
                    f"The workspace {workspace} is in use{_describe(holder)}: wait until that has "
                    "ended, or stop it first."
                ) from None
            waiting(f"The workspace is in use{_describe(holder)}; waiting")
            patience = _LOOK_EVERY
        else:
            return


def _describe(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text())
        since = time.strftime("%H:%M", time.localtime(said["time"]))
        return f" ({said['what']}, process {said['pid']} on {said['host']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # being written just now
