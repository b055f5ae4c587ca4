"""Tables in the terminal: whole cells, plain text."""

from __future__ import annotations

import pytest

from core.cli.shared.terminal import table


def test_columns_stand_below_one_another() -> None:
    rows = [("hats", "5", "93.1%"), ("shoes and boots", "12", "–")]
    assert table(rows, ("class", "images", "F1")).splitlines() == [
        "class            images     F1",
        "hats                  5  93.1%",
        "shoes and boots      12      –",
    ]
    assert table([], ("path", "score")) == "path  score"


def test_wide_characters_take_two_columns() -> None:
    lines = table([("帽子", "1"), ("hats", "2")], ("class", "n")).splitlines()
    assert lines[1:] == ["帽子   1", "hats   2"]


def test_cells_stay_whole_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    path = "folder/" * 60 + "name with spaces.jpg"
    assert table([(path, "0.5")], ("path", "score")).splitlines()[1] == f"{path}    0.5"


def test_names_are_text_and_no_markup() -> None:
    lines = table([("[red]a[/] :smile: \x1b[31m\nb", "1")], ("path", "n")).splitlines()
    assert lines[1] == r"[red]a[/] :smile: \x1b[31m\nb  1"
