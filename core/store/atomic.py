"""Writing a file so that a crash leaves either the old one or the new one, never half of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WinnowError
from core.replacing import replacing


@contextmanager
def storage_errors(where: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write below ``where`` into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise WinnowError(
                f"The disk that holds {where} is full: free some space and run the same step "
                "again, what was saved so far is kept."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise WinnowError(
                f"{where} cannot be written: allow writing there or choose another place "
                "with --workspace."
            ) from error
        raise


def write_atomic(path: Path, data: bytes | Callable[[Path], object]) -> None:
    """Replace ``path`` by ``data`` in one step.

    Args:
        path: the file to replace; its folder is made when missing.
        data: the bytes, or a function that writes the file whose path it is given.

    Raises:
        WinnowError: the disk is full or the folder cannot be written.
    """
    with storage_errors(path.parent), replacing(path) as temporary:
        if isinstance(data, bytes):
            temporary.write_bytes(data)
        else:
            data(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
