"""The error for one image that cannot be used, and what the bytes are when they are no image."""

import errno
import os

from core.images import heif
from core.images.names import shown
from core.runtime.errors import WinnowError


class UnreadableImage(WinnowError):
    """One file that cannot be read as an image.

    `reason` is a short clause without the path, such as "the file is empty"; a list of rejected
    files shows it beside the path. `str()` gives the whole sentence.
    """

    def __init__(self, reason: str, name: str | os.PathLike[str] = "") -> None:
        super().__init__(reason, name)  # both as args, so that the error survives a process border
        self.reason = reason
        self.name = name

    def __str__(self) -> str:
        what = f'The image "{shown(self.name)}"' if self.name else "The image"
        return f"{what} cannot be used: {self.reason}; replace the file or leave it out."


def reason_for_os_error(error: OSError) -> str:
    """Why a file could not be opened or read, as a clause without its path."""
    clauses = {
        errno.ENOENT: "the file is no longer there",
        errno.EACCES: "there is no permission to read it",
        errno.EPERM: "there is no permission to read it",
        errno.EISDIR: "it is a folder",
        errno.ELOOP: "the link leads back to itself",
        errno.ENAMETOOLONG: "its path is longer than the system allows",
        errno.EMFILE: "too many files are open at once",
        errno.EIO: "the disk reports a read error",
    }
    reason = clauses.get(error.errno or 0)
    return reason or f"the system cannot read it ({error.strerror or type(error).__name__})"


# Each entry: offset, magic bytes, what the file is. Only kinds that turn up among photos.
_OTHER_KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"PK\x03\x04", "a ZIP archive or office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\x00\x05\x16\x07", "a macOS resource file"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (4, b"ftypqt", "a video"),
    (4, b"ftypisom", "a video"),
    (4, b"ftypmp4", "a video"),
    (4, b"ftypM4V", "a video"),
    (0, b"OggS", "a sound or video file"),
    (0, b"ID3", "a sound file"),
    (8, b"WAVE", "a sound file"),
    (8, b"AVI ", "a video"),
    (4, b"jP  ", "a JPEG 2000 picture, which is not supported"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture, which is not supported"),
    (0, b"\xff\x0a", "a JPEG XL picture, which is not supported"),
    (4, b"JXL ", "a JPEG XL picture, which is not supported"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"SQLite format 3", "a database"),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def why_no_image(data: bytes) -> str:
    """A clause that says what bytes are that no image decoder recognises."""
    if not data.strip(b"\x00"):
        return "it holds only zero bytes"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        if heif.READABLE:  # then its decoder has looked at it and did not take it
            return "the HEIC data is damaged or stops early"
        return "it is a HEIC picture, which needs the Python package pillow-heif"
    for offset, magic, kind in _OTHER_KINDS:
        if data[offset : offset + len(magic)] == magic:
            return f"it is not an image ({kind})"
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = head[:512].lower()
    if b"<svg" in lowered:
        return "it is an SVG drawing, which is not supported"
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is not an image (it looks like a web page)"
    if _looks_like_text(head):
        return "it is not an image (it looks like text)"
    return "it is not in a known image format, or its beginning is damaged"


def _looks_like_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # further from the end than one character cut in two
            return False
        text = head[: error.start].decode("utf-8")
    unprintable = sum(not (c.isprintable() or c in "\t\r\n\f\x1b") for c in text)
    return bool(text) and unprintable * 50 <= len(text)
