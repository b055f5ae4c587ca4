"""CSV that comes back as it was, whatever stands in its cells."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from core.runtime.csv_rows import write_rows

cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    ["a\rb", " a", "a ", '"', "a,b", "a\r\nb", "\n", "'", ""]
)


@given(st.lists(st.lists(cells, min_size=2, max_size=3), max_size=5))
def test_rows_come_back_as_they_were(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    write_rows(text, rows)
    again = io.StringIO(text.getvalue(), newline="")
    assert list(csv.reader(again, strict=True)) == rows


def test_ordinary_cells_get_no_quotes_and_none_is_empty() -> None:
    text = io.StringIO()
    write_rows(text, [("a", 1, None), ("b c", "x,y", 2.5)])
    assert text.getvalue() == 'a,1,\nb c,"x,y",2.5\n'
