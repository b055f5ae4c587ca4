"""One writer per workspace, across threads and processes."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import WinnowError
from core.store.atomic import storage_errors


@contextmanager
def writer(workspace: Path, what: str) -> Iterator[None]:
    """Hold the workspace for writing while the block runs.

    The operating system lets go of the lock when its holder dies, so a crash never leaves one.

    Raises:
        WinnowError: somebody else holds it; the message says who and since when.
    """
    with storage_errors(workspace):
        workspace.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace / ".writer.lock")
    holder = workspace / ".writer.json"
    try:
        with storage_errors(workspace):
            lock.acquire(timeout=0)
    except Timeout:
        raise WinnowError(
            f"The workspace {workspace} is in use{_describe(holder)}: wait until that has ended, "
            "or stop it first."
        ) from None
    try:
        said = {"what": what, "pid": os.getpid(), "host": socket.gethostname(), "time": time.time()}
        with storage_errors(workspace):
            holder.write_text(json.dumps(said))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text())
        since = time.strftime("%H:%M", time.localtime(said["time"]))
        return f" ({said['what']}, process {said['pid']} on {said['host']}, since {since})"
    except (OSError, ValueError, KeyError):
        return ""
