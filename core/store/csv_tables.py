"""Tables that people bring: labels with the header ``path,label``, captions ``path,caption``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.runtime.csv_rows import write_rows
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.runtime.spelling import clean, fault, same
from core.store.brought.reading import read_brought
from core.store.table_rows import AGAIN, Rejected, Rows, in_words, read_rows

CONTRADICTS = "another label in another row"
NO_NAME = "no usable label"


@dataclass(frozen=True, eq=False)
class LabelTable(Mapping[str, str]):
    """Relative path → label, as a table has them, and the rows that do not count.

    Attributes:
        labels: the mapping itself; labels are one line, as `core.runtime.spelling.clean` has it.
        lines: path → line of its row.
        rejected: rows that do not count, in the order of the file.
        rows: how many rows the table has; each is in ``labels`` or in ``rejected``.
        note: which encoding was taken, when that was not clear; else "".
        answers: path → kind of answer of rows that say so instead of a label.
        by_name: another program wrote it, so where a path is of no image the name of its file may
            be.
    """

    labels: dict[str, str]
    lines: dict[str, int]
    rejected: tuple[Rejected, ...]
    rows: int
    note: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    by_name: bool = False

    def __getitem__(self, path: str) -> str:
        return self.labels[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)


class CaptionTable(list[tuple[str, str]]):
    """Pairs of relative path and caption, equal ones once, and the rows that do not count.

    Attributes:
        rejected, note: as of `LabelTable`.
    """

    rejected: tuple[Rejected, ...] = ()
    note: str = ""


def read_labels(path: Path) -> LabelTable:
    """Read relative path → label.

    Rows without a path or a usable label, and those that say two things of one path, do not count
    and are listed; see `core.store.table_rows` for what is read.

    Args:
        path: a CSV or Parquet file with columns for paths and labels, others are ignored; or what
            other programs write, see `core.store.brought.reading`.

    Raises:
        WinnowError: the file is missing, is no table, lacks a column, or no row of it counts.
    """
    brought = read_brought(path)
    table = read_rows(path, "label") if brought is None else brought
    by_path: dict[str, list[tuple[int, str]]] = {}
    rejected = list(table.rejected)
    for line, name, text in table.rows:
        label = clean(text)
        if reason := fault(text):
            rejected.append(Rejected(line, name, text[:1_000], NO_NAME, f"it {reason}"))
        else:
            by_path.setdefault(name, []).append((line, label))
    labels, lines = {}, {}
    for name, rows in by_path.items():
        if len({same(label) for _, label in rows}) > 1:
            rejected += _contradictions(name, rows)
            continue
        lines[name], labels[name] = rows[0]
        rejected += [Rejected(line, name, label, AGAIN) for line, label in rows[1:]]
    rejected.sort(key=lambda row: row.line)
    answers = {name: kind for _, name, kind in table.answers if name not in by_path}
    _check(path, labels or answers, rejected)
    by_name = brought is not None
    return LabelTable(labels, lines, tuple(rejected), table.count, table.note, answers, by_name)


def _contradictions(name: str, rows: Sequence[tuple[int, str]]) -> Iterator[Rejected]:
    for line, label in rows:
        other = next((at, text) for at, text in rows if same(text) != same(label))
        yield Rejected(line, name, label, CONTRADICTS, f"line {other[0]} says {other[1]!r}")


def read_captions(path: Path) -> CaptionTable:
    """Pairs of relative path and caption, in the order of the file; equal pairs once.

    Args:
        path: a CSV or Parquet file with columns for paths and captions, several rows an image.

    Raises:
        WinnowError: the file is missing, is no table, lacks a column, or no row of it counts.
    """
    table: Rows = read_rows(path, "caption")
    rejected, pairs = list(table.rejected), dict[tuple[str, str], None]()
    for line, name, text in table.rows:
        pair = (name, " ".join(text.split()))
        if pair in pairs:
            rejected.append(Rejected(line, *pair, AGAIN))
        pairs.setdefault(pair)
    _check(path, pairs, rejected)
    result = CaptionTable(pairs)
    result.rejected, result.note = tuple(sorted(rejected, key=lambda row: row.line)), table.note
    return result


def _check(path: Path, usable: Mapping[Any, Any], rejected: Sequence[Rejected]) -> None:
    if not usable:
        raise WinnowError(
            f"{path} holds no row that counts ({in_words(rejected)}): correct those rows."
        )


def write_labels(path: Path, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
    """Write ``path,label,annotator,source,kind`` rows as CSV in UTF-8, in one step.

    Rows of another kind than "label", see `core.store.table_rows.ANSWERS`, have no label.

    Raises:
        WinnowError: the disk is full or the folder cannot be written.
    """
    _write(path, ("path", "label", "annotator", "source", "kind"), rows)


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write rows that do not count as CSV, in one step; errors as ``write_labels``."""
    write_atomic(path, rejected_csv(rejected))


def rejected_csv(rejected: Iterable[Rejected]) -> bytes:
    """Rows that do not count as CSV in UTF-8: ``line,path,text,reason``."""
    rows = ((row.line or "", row.path, row.text, row.why) for row in rejected)
    return _csv(("line", "path", "text", "reason"), rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    write_atomic(path, _csv(header, rows))


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    write_rows(text, [header])
    write_rows(text, rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
