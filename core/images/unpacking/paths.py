"""Names of archive members as paths that are safe below a folder on every system."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Literal

from core.images.folders import kinds
from core.images.scan import ARCHIVE_SUFFIXES, HEIF_SUFFIXES, IMAGE_SUFFIXES, is_passed_over

MAX_NAME_BYTES = 200
_MAX_PATH_BYTES = 1_000
_DRIVE = re.compile(r"^[A-Za-z]:")
# What Windows forbids, and control characters.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\ud800-\udfff]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_ARCHIVES = (".7z", ".rar", ".tar.zst", ".tzst", ".tar.lz", ".cbz", ".cbr")  # not unpacked either
_TABLES = frozenset({"csv", "yaml", "yml"})


def clean_path(name: str) -> str | None:
    """The member's name as a relative path with "/", or None if it points anywhere else.

    Both kinds of slash separate folders. Characters that some system forbids become "_", and parts
    that are too long are cut and marked with a digest.
    """
    text = name.replace("\\", "/")
    if text.startswith("/") or _DRIVE.match(text):
        return None
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    if parts[-1].lower().lstrip(".") in IMAGE_SUFFIXES and parts[-1].startswith("."):
        # A suffix alone is what a wrong encoding leaves of a name that it cuts at a backslash; as
        # a hidden file the picture would be passed over.
        parts[-1] = f"_{parts[-1]}"
    path = "/".join(_clean_part(part) for part in parts)
    if len(path.encode()) > _MAX_PATH_BYTES:
        return _clean_part(path.replace("/", "_"))
    return path


def numbered(path: str, number: int) -> str:
    """The path with a number before its suffix: "a/b.jpg" and 2 give "a/b (2).jpg"."""
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{pure.stem} ({number}){pure.suffix}"))


Use = Literal["image", "table", "archive", "look", "other"]
"""What a file is by its suffix; "look" where only its content tells."""


def use_of(path: str) -> Use:
    """What a file is, by its suffix: an image, a table or prompts beside them, or another thing."""
    lowered = path.lower()
    name = PurePosixPath(lowered).name
    suffix = name.rpartition(".")[2] if "." in name else ""
    if suffix in IMAGE_SUFFIXES or suffix in HEIF_SUFFIXES:
        return "image"
    if suffix in _TABLES:
        return "table"
    if lowered.endswith((*ARCHIVE_SUFFIXES, *_ARCHIVES)):
        return "archive"
    return "other" if kinds.reason_by_name(suffix) else "look"


def is_clutter(path: str) -> bool:
    """Whether a scan would pass the file over without a word."""
    return any(is_passed_over(part) for part in path.split("/"))


def _clean_part(part: str) -> str:
    cleaned = _FORBIDDEN.sub("_", part).rstrip(" .") or "_"
    if _RESERVED.match(cleaned):
        cleaned = f"_{cleaned}"
    if len(cleaned.encode()) <= MAX_NAME_BYTES:
        return cleaned
    suffix = PurePosixPath(cleaned).suffix[:10]
    mark = hashlib.blake2b(part.encode("utf-8", "replace"), digest_size=4).hexdigest()
    stem = cleaned.encode()[: MAX_NAME_BYTES - 20].decode("utf-8", "ignore")
    return f"{stem}-{mark}{suffix}"
