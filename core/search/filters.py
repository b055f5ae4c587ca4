"""Filters on a table of images: ``width>=800``, ``class=shoes``, ``"unit price"<3``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from core.runtime.errors import WinnowError
from core.runtime.spelling import Matcher

HELP = "write column, one of = != < <= > >= ~ (contains) ^= (begins with), and a value"
_CONDITION = re.compile(
    r"\s*(?:\"([^\"]+)\"|([\w.-]+))\s*(!=|<=|>=|\^=|=|<|>|~)\s*(.*?)\s*", re.DOTALL
)
_PIECES = re.compile(r'((?:[^,"]|"[^"]*(?:"|$))+)')
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


def parse(text: str) -> Condition:
    """One condition; an empty value stands for "nothing there".

    Names of columns and values may stand in quotes, which keep spaces, commas and signs as text.

    Raises:
        WinnowError: it has no column or no operator.
    """
    if len(text) > MOST_CHARACTERS:
        raise WinnowError(
            f"The filter {text[:40]!r}… has {len(text):,} characters, "
            f"{MOST_CHARACTERS:,} at most: shorten it."
        )
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise WinnowError(f"The filter {text!r} is not understood: {HELP}.")
    value = match[4]
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return Condition(match[1] or match[2], match[3], value[1:-1] if quoted else value)


def written(column: str, operator: str, value: str) -> str:
    """A condition as `parse` reads it, whatever signs the column and the value have."""
    return f'"{column}"{operator}"{value}"' if value else f'"{column}"{operator}'


def split(text: str) -> list[str]:
    """The conditions in one line of text, parted by commas that stand in no quotes."""
    return [part for part in (piece.strip() for piece in _PIECES.findall(text)) if part]


def apply(frame: pl.DataFrame, conditions: Sequence[Condition]) -> pl.DataFrame:
    """The rows of a frame for which all conditions hold.

    Raises:
        WinnowError: an unknown column, or a comparison that its values do not allow.
    """
    named = Matcher.of(frame.columns)
    for condition in conditions:
        frame = frame.filter(_expression(frame, condition, named(condition.column)))
    return frame


def _expression(frame: pl.DataFrame, condition: Condition, name: str | None) -> pl.Expr:
    operator, value = condition.operator, condition.value
    if name is None:
        shown = ", ".join(column for column in frame.columns if not column.startswith("_"))
        raise WinnowError(f"The filter {str(condition)!r} names no column: there are {shown}.")
    column = cs.by_name(name).as_expr()  # `pl.col` takes "*" and "^x$" for patterns
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
    if frame.schema[name].is_temporal():
        return _dated(column, operator, value)
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


def _dated(column: pl.Expr, operator: str, value: str) -> pl.Expr:
    """A date against a day, month or year: ``taken>=2024-05``; ``<=2024`` means its last moment."""
    text = column.cast(pl.String)
    if operator == "~":
        return text.str.contains(value, literal=True)
    start = text.str.slice(0, len(value))
    return start == value if operator == "^=" else _compared(start, operator, pl.lit(value))


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
