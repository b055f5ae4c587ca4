"""Tables to be downloaded, which most people open with a spreadsheet."""

from __future__ import annotations

import pandas as pd
import polars as pl

from core.store.spreadsheets import safe_csv


def csv_of(table: pd.DataFrame, index: str | None = None) -> bytes:
    """A table as CSV whose names no spreadsheet takes for formulas.

    Args:
        index: head of the column that the index becomes; None leaves it out.
    """
    if index is not None:
        table = table.rename_axis(index).reset_index()
    return safe_csv(pl.from_pandas(table.rename(columns=str)))
