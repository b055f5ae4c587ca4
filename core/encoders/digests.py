"""SHA-256 of files, remembered in the user's cache so that a large checkpoint is read once."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import platformdirs

from core.runtime import inputs
from core.runtime.files import replacing

_BLOCK = 1 << 20
_MOST = 1000  # digests that are remembered
_lock = Lock()


def cache_folder() -> Path:
    """Where this machine keeps what encoders can compute again."""
    return Path(platformdirs.user_cache_dir("winnow", appauthor=False)) / "encoders"


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content.

    Taken from the cache when path, size and modification time are those of an earlier call.

    Raises:
        OSError: the file is missing or cannot be read.
    """
    path = path.resolve()
    status = path.stat()
    key = f"{path}|{status.st_size}|{status.st_mtime_ns}"
    book = cache_folder() / "digests.json"
    with _lock:
        digests = _read(book)
        if key in digests:
            return digests[key]
    digest = hash_file(path)
    with _lock:
        digests = _read(book) | {key: digest}
        replace_file(book, json.dumps(dict(list(digests.items())[-_MOST:]), indent=0).encode())
    return digest


def hash_file(path: Path) -> str:
    """Hex SHA-256 of a file, read anew; OSError where it cannot be."""
    digest = hashlib.sha256()
    with inputs.open_file(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def short_digest(*parts: object) -> str:
    """12 hex digits of a SHA-256 over the JSON forms of ``parts``."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def replace_file(path: Path, data: bytes | Callable[[Path], object]) -> None:
    """Write a cache file in one step; a cache that cannot be written is done without.

    Args:
        data: the bytes, or a function that writes the file whose path it is given.
    """
    with contextlib.suppress(OSError), replacing(path) as temporary:
        if isinstance(data, bytes):
            temporary.write_bytes(data)
        else:
            data(temporary)


def _read(book: Path) -> dict[str, str]:
    try:
        content = inputs.load_json(book)
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {k: v for k, v in content.items() if isinstance(v, str) and len(v) == 64}
