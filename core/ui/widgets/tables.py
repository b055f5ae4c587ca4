"""Tables of a few rows: as HTML, a tenth of the browser's work that Streamlit's grid takes.

Every column can be sorted by, and all cells can be read by screen readers and copied, since nothing
is painted. Browser part: ``table.js``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.ui.widgets import mount

MOST = 20
"""Rows that stand on a page in full; longer tables scroll in Streamlit's grid."""
Format = Literal["percent", "localized"]
_HERE = Path(__file__).parent


def show(
    key: str, columns: Mapping[str, Sequence[Any]], formats: Mapping[str, Format] | None = None
) -> None:
    """Draw a table.

    Args:
        columns: title → cells, all of one length: texts, numbers, None for nothing.
        formats: of columns of numbers: "percent" for shares of 1; else their digits in groups.
    """
    formats = formats or {}
    if max(map(len, columns.values()), default=0) > MOST:
        config = {title: st.column_config.NumberColumn(format=f) for title, f in formats.items()}
        st.dataframe(
            pd.DataFrame(columns), hide_index=True, width="stretch", key=key, column_config=config
        )
        return
    mount.element(_HERE, "table")(key=key, data=content(columns, formats))


def content(columns: Mapping[str, Sequence[Any]], formats: Mapping[str, Format]) -> dict[str, Any]:
    """What the browser draws: titles, which columns are numbers, and cells as text and number."""
    numbers = [all(_is_number(cell) for cell in cells) for cells in columns.values()]
    drawn = [
        [_cell(cell, formats.get(title)) for cell in cells] for title, cells in columns.items()
    ]
    return {
        "titles": list(columns),
        "numbers": numbers,
        "rows": [list(row) for row in zip(*drawn, strict=True)],
    }


def _is_number(cell: Any) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _cell(cell: Any, way: Format | None) -> list[Any]:
    """A cell's text, and the number by which it is sorted; None for one that sorts as its text."""
    if cell is None or cell != cell:
        return ["–", None]
    if not _is_number(cell):
        return [shown(str(cell)), None]
    return [f"{cell:.1%}" if way == "percent" else f"{cell:,}", float(cell)]
