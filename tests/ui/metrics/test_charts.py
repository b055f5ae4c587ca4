"""The figures say how sure they are; cells of the matrix are what the browser may name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import evaluate
from core.ui.metrics.charts import FEW, cells, pressed, reliability


def test_each_point_of_the_reliability_diagram_tells_its_interval() -> None:
    sure = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 5)
    truth = np.array([0] * 9 + [1] + [1] * 3 + [0] * 2)
    plot, told_of_it = reliability(evaluate(truth, sure, ["hat", "shoe"]))
    drawn = plot.markup(told_of_it)
    assert drawn.count("<circle") == 4 and 'role="img"' in drawn  # each mark is easy to hit
    for says, right, hits, n in (("60%", "60%", 3, 5), ("90%", "90%", 9, 10)):
        low, high = share_interval(hits, n)
        words = f"says {says}, right {right} ({low:.0%} to {high:.0%}), {n} images"
        assert f"<title>{words}</title>" in drawn and words in told_of_it


def test_each_cell_of_the_confusion_matrix_has_its_number() -> None:
    sure = np.array([[0.9, 0.1]] * 9 + [[0.4, 0.6]] * 5)
    truth = np.array([0] * 9 + [1] + [1] * 3 + [0])
    result = evaluate(truth, sure, ["hat", "sh\noe"])
    for normalised, texts in (
        (False, [["9", "1"], ["0", "4"]]),
        (True, [["90%", "10%"], ["0%", "100%"]]),
    ):
        drawn = cells(result, normalised)
        assert drawn["texts"] == texts and drawn["counts"] == [[9, 1], [0, 4]]
        assert drawn["shares"] == [[0.9, 0.1], [0, 1]]
        assert drawn["labels"] == ["hat", "sh\\noe"]


def test_the_numbers_are_left_away_where_they_have_no_room() -> None:
    names = [f"class {n}" for n in range(FEW + 1)]
    assert cells(evaluate(np.arange(FEW + 1), np.eye(FEW + 1), names), False)["texts"] is None


def test_a_press_names_a_cell_of_this_matrix() -> None:
    press: dict[str, Any] = {"id": "1", "row": 1, "column": 0, "of": 2}
    assert pressed(press, ["hat", "shoe"]) == ("1", "shoe", "hat")
    assert pressed(press, ["hat", "shoe", "sock"]) is None  # of another matrix


@pytest.mark.parametrize(
    "message",
    [
        None, "x", {}, {"id": 3, "row": 0, "column": 0, "of": 2}, {"id": "1"},
        {"id": "1", "row": -1, "column": 0, "of": 2}, {"id": "1", "row": 0, "column": 2, "of": 2},
        {"id": "1", "row": "0", "column": 0, "of": 2},
    ],
)  # fmt: skip
def test_a_press_of_another_form_is_none(message: object) -> None:
    assert pressed(message, ["hat", "shoe"]) is None
