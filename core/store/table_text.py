"""The text of tables that people bring, in any encoding; what is no text is named."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from core.images.unpacking.code_pages import read_names
from core.runtime import inputs
from core.runtime.errors import WinnowError

_MARKS = (  # the longer first: UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"PK\x03\x04", "an Excel or OpenDocument workbook, or a ZIP archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save the sheet as CSV"),
    (b"ARROW1", "an Arrow file: save it as CSV"),
    (b"SQLite format 3", "a SQLite database: save the table as CSV"),
    (b"%PDF", "a PDF document: save the table as CSV"),
    (b"\x1f\x8b", "compressed: unpack it first"),
    (b"BZh", "compressed: unpack it first"),
    (b"\xfd7zXZ", "compressed: unpack it first"),
    (b"(\xb5/\xfd", "compressed: unpack it first"),
)
_LOOKED = 4_096  # bytes that tell UTF-16 without a mark


@dataclass(frozen=True)
class TableText:
    """The text of a table.

    Attributes:
        text: decoded, with its line ends as they are.
        note: which encoding it was taken for, when that was not clear from the file; else "".
    """

    text: str
    note: str = ""


def read_table(path: Path, columns: str) -> TableText:
    """Read the text of a table.

    Args:
        columns: its header as it should be, for messages: "path,label".

    Raises:
        WinnowError: there is no such file, it is too long, or it is no text.
    """
    try:
        data = inputs.read_bytes(path, inputs.TABLE_BYTES)
    except FileNotFoundError:
        raise WinnowError(f"The file {path} does not exist: check its name.") from None
    except OSError as error:
        raise WinnowError(
            f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8 with the header "
            f"{columns}."
        ) from error
    for start, kind in _OTHERS:
        if data.startswith(start):
            raise WinnowError(f"{path} is {kind}, in UTF-8 and with the header {columns}.")
    try:
        return _decoded(data)
    except UnicodeDecodeError as error:
        raise WinnowError(
            f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8 with the header "
            f"{columns}."
        ) from None


def _decoded(data: bytes) -> TableText:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return TableText(data.decode(codec))
    if codec := _two_bytes(data):
        return TableText(data.decode(codec), f"read as {codec.upper()}")
    try:
        return TableText(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _code_page(data)


def _two_bytes(data: bytes) -> str:
    """The codec of UTF-16 without a mark; "" for anything else. Every other byte of it is zero."""
    start = data[: _LOOKED & ~1]
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half and odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if half and even > 0.4 * half and odd < 0.05 * half else ""


def _code_page(data: bytes) -> TableText:
    """Text in an encoding of one language, told from all of its lines; perhaps mixed with UTF-8."""
    lines = data.splitlines(keepends=True)
    odd = [line for line in lines if not line.isascii()]
    foreign = [line for line in odd if not _is_utf8(line)]
    mixed = len(foreign) < 0.5 * len(odd)  # by chance few lines of another encoding are UTF-8
    reading = read_names(line.strip() for line in (foreign if mixed else odd))

    def decoded(line: bytes) -> str:
        return line.decode() if mixed and _is_utf8(line) else reading.text(line)

    place = f"{len(foreign):,} lines are not UTF-8 and were" if mixed else "not UTF-8,"
    doubt = "" if reading.sure else "; it may be another one, so check the names"
    return TableText("".join(map(decoded, lines)), f"{place} read as {reading.title}{doubt}")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
