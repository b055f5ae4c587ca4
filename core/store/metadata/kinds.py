"""What a column of texts holds: numbers, dates, one of a few values, or texts.

A column is of a kind where every cell of it is; so nothing is lost that does not fit. What could be
read in two ways (``03/04/2024``) stays text, and so do numbers that are names (``007``).
"""

from __future__ import annotations

import polars as pl

from core.store.metadata.table import Kind

NOTHING = ("na", "n/a", "nan", "null", "none", "-", "–")
"""Cells that say "no value" in columns that hold numbers or dates otherwise, in small letters."""
MOST_VALUES, LONGEST_VALUE = 100, 60
"""Different values of a category at most, and the most characters of one."""
_WHOLE = r"^[+-]?(0|[1-9]\d{0,17})$"
# As many digits as a Float64 keeps, and an exponent with its sign: 1E5 may be a product.
_NUMBER = r"^[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]\d{1,2})?$"
_COMMA = r"^[+-]?(0|[1-9]\d{0,14}),\d+$"
_YEAR_FIRST = (
    r"^(\d{4})[-/.:](\d{1,2})[-/.:](\d{1,2})"
    r"(?:[T ](\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$"
)
_YEAR_LAST = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})$"


def typed(texts: pl.Series) -> tuple[Kind, pl.Series]:
    """The kind of a column (n,) of texts, and its cells as that.

    Args:
        texts: String; null or empty where there is nothing.

    Returns:
        The kind, and Int64, Float64, Date, Datetime or String cells, null where there is nothing.
    """
    texts = texts.str.strip_chars().replace("", None)
    values = texts.drop_nulls()
    if values.is_empty():
        return "text", texts
    saying = values.filter(~values.str.to_lowercase().is_in(NOTHING))
    if not saying.is_empty():
        blanked = texts.set(texts.str.to_lowercase().is_in(NOTHING).fill_null(False), None)
        if (numbers := _numbers(blanked, saying)) is not None:
            return "number", numbers
        if (dates := _dates(blanked, saying)) is not None:
            return "date", dates
    return ("category" if _is_category(values) else "text"), texts


def _numbers(texts: pl.Series, values: pl.Series) -> pl.Series | None:
    if values.str.contains(_WHOLE).all():
        return texts.str.strip_prefix("+").cast(pl.Int64)
    if values.str.contains(_NUMBER).all():
        return texts.str.strip_prefix("+").cast(pl.Float64)
    if values.str.contains(f"{_COMMA}|{_WHOLE}").all():
        return texts.str.strip_prefix("+").str.replace(",", ".", literal=True).cast(pl.Float64)
    return None


def _dates(texts: pl.Series, values: pl.Series) -> pl.Series | None:
    """Days, or moments where one has a time; None where a cell is neither, or no such day is."""
    clock = None
    if values.str.contains(_YEAR_FIRST).all():
        parts = texts.str.extract_groups(_YEAR_FIRST).struct
        year, month, day = (parts.field(str(n)) for n in (1, 2, 3))
        if parts.field("5").drop_nulls().n_unique() > 1:  # zones: there is no one order
            return None
        clock = parts.field("4").fill_null("00:00").str.zfill(5)
    elif values.str.contains(_YEAR_LAST).all():
        parts = texts.str.extract_groups(_YEAR_LAST).struct
        first, second, year = (parts.field(str(n)) for n in (1, 3, 4))
        order = _order(first, second, bool((parts.field("2").drop_nulls() == ".").all()))
        if order is None:
            return None
        day, month = (first, second) if order == "day" else (second, first)
    else:
        return None
    days = (year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)).str.to_date(strict=False)
    if days.null_count() > texts.null_count():
        return None
    if clock is None or clock.is_in(["00:00", "00:00:00"]).all():
        return days
    seconds = clock.str.replace(r"^(\d\d:\d\d)$", "$1:00").str.zfill(8)
    moments = days.cast(pl.String) + " " + seconds
    times = moments.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    return None if times.null_count() > texts.null_count() else times


def _order(first: pl.Series, second: pl.Series, dotted: bool) -> str | None:
    """Whether "day" or "month" comes first in dates; None where that cannot be told."""
    if dotted:  # nobody writes 12.31.2024
        return "day"
    beyond = [bool((part.cast(pl.Int64) > 12).any()) for part in (first, second)]
    return None if beyond[0] == beyond[1] else "day" if beyond[0] else "month"


def _is_category(values: pl.Series) -> bool:
    """Few short values that come again: at least twice each in the mean."""
    different = values.n_unique()
    if different > MOST_VALUES or 2 * different > len(values):
        return False
    return not bool((values.str.len_chars() > LONGEST_VALUE).any())
