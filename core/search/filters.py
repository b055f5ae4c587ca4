"""Filters on a table of images: ``width>=800``, ``class=shoes``, ``path^=2024/``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.runtime.errors import WinnowError

HELP = "write column, one of = != < <= > >= ~ (contains) ^= (begins with), and a value"
_CONDITION = re.compile(r"\s*([\w.-]+)\s*(!=|<=|>=|\^=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
MOST_CHARACTERS = 1_000
_TEXT_ONLY = ("~", "^=")
_ORDER = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Condition:
    """A comparison of one column with a value, as it was written."""

    column: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.column}{self.operator}{self.value}"


def parse(written: str) -> Condition:
    """One condition; an empty value stands for "nothing there".

    Raises:
        WinnowError: it has no column or no operator.
    """
    if len(written) > MOST_CHARACTERS:
        raise WinnowError(
            f"The filter {written[:40]!r}… has {len(written):,} characters, "
            f"{MOST_CHARACTERS:,} at most: shorten it."
        )
    match = _CONDITION.fullmatch(written)
    if match is None:
        raise WinnowError(f"The filter {written!r} is not understood: {HELP}.")
    return Condition(match[1], match[2], match[3])


def split(written: str) -> list[str]:
    """The conditions in one line of text, parted by commas."""
    return [part for part in (piece.strip() for piece in written.split(",")) if part]


def apply(frame: pl.DataFrame, conditions: Sequence[Condition]) -> pl.DataFrame:
    """The rows of a frame for which all conditions hold.

    Raises:
        WinnowError: an unknown column, or a comparison that its values do not allow.
    """
    for condition in conditions:
        frame = frame.filter(_expression(frame, condition))
    return frame


def _expression(frame: pl.DataFrame, condition: Condition) -> pl.Expr:
    name, operator, value = condition.column, condition.operator, condition.value
    if name not in frame.columns:
        shown = ", ".join(column for column in frame.columns if not column.startswith("_"))
        raise WinnowError(f"The filter {str(condition)!r} names no column: there are {shown}.")
    column = pl.col(name)
    if value == "" and operator in ("=", "!="):
        missing = column.is_null()
        return missing if operator == "=" else ~missing
    if frame.schema[name].is_numeric():
        if operator in _TEXT_ONLY:
            raise WinnowError(
                f"The filter {str(condition)!r} searches text, but {name} is a number: compare it "
                "with = != < <= > or >=."
            )
        return _compared(column, operator, pl.lit(_number(condition)))
    if operator in _ORDER:
        raise WinnowError(
            f"The filter {str(condition)!r} compares sizes, but {name} is text: use = != ~ or ^=."
        )
    if operator == "~":
        return column.str.to_lowercase().str.contains(value.lower(), literal=True)
    if operator == "^=":
        return column.str.starts_with(value)
    # Polars leaves out rows without a value on "!="; people expect them to differ.
    equal = column == value
    return equal if operator == "=" else (~equal).fill_null(True)


def _number(condition: Condition) -> float:
    text = condition.value.removesuffix("%")
    try:
        number = float(text)
    except ValueError:
        raise WinnowError(
            f"The filter {str(condition)!r} needs a number, for {condition.column} is one."
        ) from None
    return number / 100 if text != condition.value else number


def _compared(column: pl.Expr, operator: str, value: pl.Expr) -> pl.Expr:
    if operator == "=":
        return column == value
    if operator == "!=":
        return (column != value).fill_null(True)
    if operator == "<":
        return column < value
    if operator == "<=":
        return column <= value
    return column > value if operator == ">" else column >= value
