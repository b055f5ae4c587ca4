"""What comes from outside: opened only where it is a regular file, read only as far as a limit.

A pipe called ``photos.zip`` makes a plain ``open`` wait for ever, a device may act when it is
opened, and a text of a gigabyte takes minutes to parse. So whatever a user names or a folder holds
goes through here.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import IO, Any

from core.runtime.errors import WinnowError

TEXT_BYTES = 4_000_000
"""Bytes of a text that people write by hand; whoever parses it may allow less."""
TABLE_BYTES = 200_000_000
"""Bytes of a table that people bring: some million rows."""
RECORD_BYTES = 2_000_000_000
"""Bytes of a record that Winnow wrote itself, such as the manifest of a run of a million images."""

_PIECE = 1 << 20  # bytes
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # how JSON spells half a character
_HALF_BYTES = re.compile(_HALF.pattern.encode())
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # so that a pipe without a writer does not wait for one
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


class NotAFile(OSError):
    """What was to be read is a pipe, a socket or a device; ``strerror`` says which."""

    def __str__(self) -> str:
        return self.strerror or "it is no regular file"


class AFolder(IsADirectoryError):
    """What was to be read is a folder; a message is what stands in sentences, without a number."""

    def __str__(self) -> str:
        return self.strerror or "it is a folder, not a file"


class TooLong(WinnowError, ValueError):
    """A file holds more than anything of its kind does; the sentence names path, size and limit.

    A ValueError too, for whoever takes a damaged file as none.
    """


def open_file(path: Path) -> IO[bytes]:
    """Open a regular file for reading; never waits for anybody and never opens a device.

    Links are followed, so what is meant is what lies at their end.

    Raises:
        NotAFile: it is a pipe, a socket or a device.
        AFolder: it is a folder.
        OSError: as for ``open``.
    """
    _check(path, os.stat(path))  # noqa: PTH116 - before opening: a device may act on that alone
    descriptor = os.open(path, _FLAGS)
    try:
        _check(path, os.fstat(descriptor))  # what is open now, whatever it was before
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def check_kind(path: Path) -> None:
    """Refuse what is there but no regular file, for readers that open a path by themselves.

    Raises:
        WinnowError: it is a folder, a pipe, a socket or a device.
    """
    try:
        _check(path, path.stat())
    except (NotAFile, AFolder) as error:
        raise WinnowError(f"{path} cannot be read ({error.strerror}): move it away.") from None
    except OSError:  # missing or not to be read: whoever opens it says so
        return


def is_file(path: Path) -> bool:
    """Whether there is a regular file, perhaps at the end of a link; False for what is no path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_bytes(path: Path, limit: int = TEXT_BYTES) -> bytes:
    """The bytes of a regular file.

    Args:
        limit: bytes that it may have at most.

    Raises:
        TooLong: it has more; nothing is read then.
        OSError: as for `open_file`.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise TooLong(_too_long(path, size, limit))
        data = file.read(size + 1)  # not the limit: Python takes at once what it is asked for
        # It may grow while it is read, or hide its size as /proc does.
        while size < len(data) <= limit and (more := file.read(_PIECE)):
            data += more
    if len(data) > limit:
        raise TooLong(_too_long(path, len(data), limit))
    return data


def read_text(path: Path, limit: int = TEXT_BYTES) -> str:
    """The text of a regular file; see `as_text`.

    Raises:
        TooLong: it has more than ``limit`` bytes.
        UnicodeDecodeError: it is not UTF-8.
        OSError: as for `open_file`.
    """
    return as_text(read_bytes(path, limit))


def as_text(data: bytes) -> str:
    """Text in UTF-8, or with a byte order mark in UTF-16; line ends become ``\\n``.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if marked else "utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def load_json(path: Path, limit: int = TEXT_BYTES) -> Any:
    """What a JSON file holds.

    Raises:
        TooLong: it has more than ``limit`` bytes.
        ValueError: see `parse_json`.
        OSError: as for `open_file`.
    """
    return parse_json(read_bytes(path, limit))


def parse_json(text: str | bytes) -> Any:
    """What a JSON text holds; its length is the caller's business.

    Raises:
        ValueError: it is no JSON, nests too deep, or holds a number of thousands of digits or half
            a character, which nothing could be written with again.
    """
    try:
        content = json.loads(text)
        if (_HALF_BYTES if isinstance(text, bytes) else _HALF).search(text):  # type: ignore[arg-type]
            json.dumps(content, ensure_ascii=False).encode()  # two halves make one, as of an emoji
    except RecursionError:
        raise ValueError("it nests too deep") from None
    except UnicodeEncodeError as error:
        raise ValueError(f"it holds half a character, {error.object[error.start]!a}") from None
    return content


def load_toml(path: Path, limit: int = TEXT_BYTES) -> dict[str, Any]:
    """What a TOML file holds; raises as ``load_json``."""
    try:
        return tomllib.loads(read_text(path, limit))
    except RecursionError:
        raise ValueError("it nests too deep") from None


def check_length(data: bytes | str, limit: int, name: str) -> None:
    """Refuse what is longer than ``limit`` bytes or characters.

    Raises:
        TooLong: it is.
    """
    if len(data) > limit:
        raise TooLong(_too_long(name, len(data), limit, "characters" if type(data) is str else ""))


def _too_long(path: Path | str, size: int, limit: int, unit: str = "") -> str:
    return f"{path} has {size:,} {unit or 'bytes'}, at most {limit:,} are read: shorten it."


def _check(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise AFolder(errno.EISDIR, "it is a folder, not a file", os.fspath(path))
    reason = next((why for test, why in _KINDS if test(status.st_mode)), "it is no regular file")
    raise NotAFile(errno.EINVAL, reason, os.fspath(path))
