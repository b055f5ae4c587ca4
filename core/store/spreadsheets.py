"""Tables of text that spreadsheets do not take for formulas.

A cell that begins with "=", "+", "-", "@", a tab or a line break is a formula to Excel and
LibreOffice, and a formula can send what is in the table somewhere. Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl
import polars.selectors as cs

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a cell begins that a spreadsheet may take for a formula."""
_QUOTE = "'"
_TEXT = (pl.String, pl.Categorical, pl.Enum)


def safe_text(text: str) -> str:
    """A text with an apostrophe in front where it would be a formula."""
    return _QUOTE + text if text.startswith(STARTS) else text


def safe_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A table with `safe_text` in all cells and names of columns; numbers stay as they are."""
    names = [name for name, kind in frame.schema.items() if kind in _TEXT]
    # By selector: `pl.col` takes "*" for all columns and "^x$" for a pattern.
    columns = [cs.by_name(name).as_expr() for name in names]
    frame = frame.with_columns(column.cast(pl.String) for column in columns)
    frame = frame.with_columns(
        pl.when(_is_formula(column))
        .then(pl.concat_str(pl.lit(_QUOTE), column))
        .otherwise(column)
        .alias(name)
        for name, column in zip(names, columns, strict=True)
    )
    return frame.rename({name: safe_text(name) for name in frame.columns})


def own_columns(names: Sequence[str], taken: Iterable[str], suffix: str) -> list[str]:
    """Names of columns for ``names``, unlike any other; small letters and capitals are one.

    Args:
        taken: columns that are there already.
        suffix: put behind a name, as often as it takes.
    """
    used = {name.casefold() for name in taken}
    reserved = {name.casefold() for name in names}
    result = []
    for name in names:
        column = name
        while column.casefold() in used or (column != name and column.casefold() in reserved):
            column += suffix
        used.add(column.casefold())
        result.append(column)
    return result


def safe_csv(frame: pl.DataFrame) -> bytes:
    """A table as CSV that a spreadsheet takes no text of for a formula."""
    return safe_frame(frame).write_csv().encode()


def _is_formula(column: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(column.str.starts_with(start) for start in STARTS)
