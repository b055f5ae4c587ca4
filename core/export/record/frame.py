"""The images of an export as frames: one source for its JSON, CSV and Parquet.

Whole columns at a time: written image by image, the records of 60,000 images would take longer than
linking their files.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from core.export.layout import Layout
from core.export.plan import PlanItem
from core.export.record.jsonfile import DECIMALS
from core.export.record.run import Outcome
from core.export.record.scores import ClassScores

# Rows a part: what a table of any length needs in memory at once.
_PART = 10_000
_SCORE, _QUESTION, _COLUMN = "score_", "question_", "column_"
_KINDS = {"whole": pl.Int64, "number": pl.Float64}
_FLAT = (
    "path",
    "file",
    "id",
    "class",
    "probability",
    "margin",
    "source",
    "split",
    "group",
    "review",
    "review_reason",
    "flags",
    "width",
    "height",
    "size",
)
# Stands in front of what UTF-8 cannot say; a character that no text may contain (Unicode 23.7).
_MARK = "\U0010fffe"
_ODD = re.compile(f"[\ud800-\udfff{_MARK}]")
_MARKED = re.compile(f"{_MARK}(x|[0-9a-f]{{4}})")


def parts(
    outcome: Outcome,
    layout: Layout,
    columns: Sequence[str],
    text: Callable[[str], str] | None = None,
) -> Iterator[pl.DataFrame]:
    """All written images, `_PART` at a time, at least one part; numbers have `DECIMALS` decimals.

    Args:
        columns: which columns of `COLUMNS`.
        text: how to bring a name that is not valid Unicode into UTF-8; `encodable` by default.
    """
    names, options = list(outcome.plan.folders), outcome.plan.options
    for start in range(0, max(len(outcome.items), 1), _PART):
        items = outcome.items[start : start + _PART]
        part = _Part(items, layout, names, text or encodable, options.questions, options.columns)
        yield pl.DataFrame({name: COLUMNS[name](part) for name in columns})


def flat_parts(outcome: Outcome, layout: Layout) -> Iterator[pl.DataFrame]:
    """All written images as rows of plain values, at least one part.

    Flags are one text with spaces between them, labels of other questions are columns named
    question_<column>, columns that people brought column_<name>, scores score_<class>.
    """
    nested = {"questions": _QUESTION, "columns": _COLUMN, "scores": _SCORE}
    for frame in parts(outcome, layout, with_brought(outcome, (*_FLAT, "scores"))):
        flat = frame.drop(nested, strict=False).with_columns(pl.col("flags").list.join(" "))
        for column, prefix in nested.items():
            if column in frame.columns:
                # Series, not expressions: a class called "*" means all columns in those.
                flat = flat.hstack(_prefixed(frame[column].struct.unnest(), prefix))
        yield flat


def _prefixed(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return frame.rename(lambda name: prefix + name)


def with_brought(outcome: Outcome, columns: Sequence[str]) -> tuple[str, ...]:
    """These columns, and labels of other questions and brought columns where it has any."""
    options = outcome.plan.options
    return (
        *columns,
        *(["questions"] if options.questions else []),
        *(["columns"] if options.columns else []),
    )


def json_blocks(outcome: Outcome, layout: Layout, columns: Sequence[str]) -> Iterator[str]:
    """The images as JSON objects with commas between them; any name comes back as it was."""
    for frame in parts(outcome, layout, columns, _marked):
        if frame.height:
            lines = frame.write_ndjson().rstrip("\n").replace("\n", ",\n")
            yield _MARKED.sub(_unmark, lines) if _MARK in lines else lines


def encodable(text: str) -> str:
    """`text` in valid UTF-8: a byte of a file name that is none is shown as "\\udc.."."""
    return text.encode(errors="backslashreplace").decode()


def _marked(text: str) -> str:
    """`text` in valid UTF-8 such that `json_blocks` can give the very same text back."""
    return _ODD.sub(lambda match: _MARK + _code(match.group()), text)


def _code(char: str) -> str:
    return "x" if char == _MARK else f"{ord(char):04x}"


def _unmark(match: re.Match[str]) -> str:
    return _MARK if match.group(1) == "x" else f"\\u{match.group(1)}"


@dataclass(frozen=True)
class _Part:
    """Some of the images, and how to make columns of them."""

    items: Sequence[PlanItem]
    layout: Layout
    names: Sequence[str]
    text: Callable[[str], str]
    questions: Sequence[str] = ()
    columns: Sequence[tuple[str, str]] = ()

    def strings(self, value: Callable[[PlanItem], str | None]) -> pl.Series:
        """One text an image; what UTF-8 cannot say goes through `text`."""
        values = [value(item) for item in self.items]
        try:
            return pl.Series(values, dtype=pl.String)
        except UnicodeEncodeError:
            return pl.Series([text and self.text(text) for text in values], dtype=pl.String)

    def others(self, value: Callable[[PlanItem], object], kind: Any) -> pl.Series:
        """One value of a Polars type an image."""
        return pl.Series([value(item) for item in self.items], dtype=kind)

    def numbers(self, value: Callable[[PlanItem], float]) -> pl.Series:
        """One rounded number an image, null where it is not finite."""
        return _rounded([value(item) for item in self.items])

    def flags(self) -> pl.Series:
        """The list of marks of each image."""
        # Nearly all images have none, and Polars takes lists from Python slowly.
        column = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(self.items))
        rows = [row for row, item in enumerate(self.items) if item.assignment.flags]
        if not rows:
            return column
        marks = [list(self.items[row].assignment.flags) for row in rows]
        return pl.concat([column, pl.Series(marks, dtype=pl.List(pl.String))]).gather(
            _places(rows, len(self.items))
        )

    def scores(self) -> pl.Series:
        """The probability of every class as a struct of each image."""
        rows = [item.assignment.scores for item in self.items]
        quick = [row.row for row in rows if isinstance(row, ClassScores)]
        matrix: np.ndarray
        names: Sequence[str] = self.names
        if quick and len(quick) == len(rows):
            matrix = np.stack(quick)
            names = list(rows[0])  # the classes; images may be in groups of them besides
        else:
            every = [[row.get(name, np.nan) for name in names] for row in rows]
            matrix = np.array(every).reshape(len(rows), len(names))
        fields = [
            _rounded(matrix[:, column]).alias(self.text(name)) for column, name in enumerate(names)
        ]
        return pl.DataFrame(fields).to_struct()

    def labels_beside(self) -> pl.Series:
        """The labels of other questions as a struct of each image."""

        def label(place: int) -> Callable[[PlanItem], str | None]:
            return lambda item: item.assignment.others[place]

        fields = [
            self.strings(label(place)).alias(column) for place, column in enumerate(self.questions)
        ]
        return pl.DataFrame(fields).to_struct()

    def brought(self) -> pl.Series:
        """The cells that people brought as a struct of each image."""

        def cell(place: int) -> Callable[[PlanItem], Any]:
            return lambda item: item.assignment.cells[place]

        fields = [
            self.others(cell(place), _KINDS[kind]).alias(self.text(name))
            if kind in _KINDS
            else self.strings(cell(place)).alias(self.text(name))
            for place, (name, kind) in enumerate(self.columns)
        ]
        return pl.DataFrame(fields).to_struct()


COLUMNS: dict[str, Callable[[_Part], pl.Series]] = {
    "class": lambda part: part.strings(lambda item: item.assignment.label),
    "columns": _Part.brought,
    "doubt": lambda part: part.strings(lambda item: item.assignment.doubt),
    "file": lambda part: part.strings(part.layout.file),
    "flags": lambda part: part.flags(),
    "group": lambda part: part.strings(lambda item: item.assignment.group),
    "height": lambda part: part.others(lambda item: item.assignment.height, pl.Int32),
    "id": lambda part: part.strings(lambda item: item.assignment.id),
    "margin": lambda part: part.numbers(lambda item: item.assignment.margin),
    "path": lambda part: part.strings(lambda item: item.assignment.path),
    "probability": lambda part: part.numbers(lambda item: item.assignment.probability),
    "questions": _Part.labels_beside,
    "review": lambda part: part.others(lambda item: item.review, pl.Boolean),
    "review_reason": lambda part: part.strings(lambda item: item.reason),
    "scores": _Part.scores,
    "size": lambda part: part.others(lambda item: item.assignment.size, pl.Int64),
    "source": lambda part: part.strings(lambda item: item.assignment.source),
    "split": lambda part: part.strings(lambda item: item.split),
    "split_file": lambda part: part.strings(part.layout.split_file),
    "width": lambda part: part.others(lambda item: item.assignment.width, pl.Int32),
}


def _places(rows: Sequence[int], count: int) -> np.ndarray:
    """For each of `count` rows where its value stands, when those of `rows` come after all."""
    places = np.arange(count)
    places[rows] = count + np.arange(len(rows))
    return places


def _rounded(values: Any) -> pl.Series:
    column = pl.Series(np.asarray(values, dtype=np.float64), nan_to_null=True)
    return column.set(column.is_infinite(), None).round(DECIMALS)
