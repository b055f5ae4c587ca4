"""Tables of a few rows: what the browser draws and sorts by; long ones stay Streamlit's."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.ui.widgets.tables import MOST, content


def test_cells_have_a_text_and_a_number_to_sort_by() -> None:
    columns = {
        "class": ["hat", "sh\noe", "<b>"],
        "F1": [0.875, None, float("nan")],
        "images": [1234, 5, 0],
    }
    drawn = content(columns, {"F1": "percent"})
    assert drawn["titles"] == ["class", "F1", "images"]
    assert drawn["numbers"] == [False, True, True]
    assert drawn["rows"] == [
        [["hat", None], ["87.5%", 0.875], ["1,234", 1234.0]],
        [["sh\\noe", None], ["–", None], ["5", 5.0]],
        [["<b>", None], ["–", None], ["0", 0.0]],  # the browser takes it for text
    ]


def test_a_table_without_rows_has_its_heads() -> None:
    assert content({"class": []}, {})["rows"] == []


def _page(rows: int) -> None:
    from core.ui.widgets import tables

    tables.show("some", {"n": list(range(rows)), "share": [0.5] * rows}, {"share": "percent"})


def test_a_long_table_is_one_that_scrolls() -> None:
    app = AppTest.from_function(_page, args=(MOST,)).run()
    assert not app.exception and len(app.dataframe) == 0
    app = AppTest.from_function(_page, args=(MOST + 1,)).run()
    assert not app.exception and len(app.dataframe[0].value) == MOST + 1
