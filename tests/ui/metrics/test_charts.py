"""The figures say how sure they are."""

from __future__ import annotations

import numpy as np

from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import evaluate
from core.ui.metrics.charts import FEW, confusion_figure, reliability_figure


def test_each_point_of_the_reliability_diagram_has_its_interval() -> None:
    sure = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 5)
    truth = np.array([0] * 9 + [1] + [1] * 3 + [0] * 2)
    points = reliability_figure(evaluate(truth, sure, ["hat", "shoe"])).data[1]
    assert np.allclose(points.x, [0.6, 0.9]) and np.allclose(points.y, [0.6, 0.9])
    assert points.customdata[:, 0].tolist() == [5, 10]
    for (_, low, high), right, (hits, n) in zip(
        points.customdata, points.y, [(3, 5), (9, 10)], strict=True
    ):
        assert np.allclose((low, high), share_interval(hits, n))
        assert low < right < high


def test_each_cell_of_the_confusion_matrix_has_its_number() -> None:
    sure = np.array([[0.9, 0.1]] * 9 + [[0.4, 0.6]] * 5)
    truth = np.array([0] * 9 + [1] + [1] * 3 + [0])
    result = evaluate(truth, sure, ["hat", "shoe"])
    for normalised, texts in ((False, ["9", "1", "0", "4"]), (True, ["90%", "10%", "0%", "100%"])):
        cells = confusion_figure(result, normalised).data[1]
        assert cells.mode == "markers+text" and list(cells.text) == texts
        assert [tuple(cell) for cell in cells.customdata] == [
            ("hat", "hat", 9), ("hat", "shoe", 1), ("shoe", "hat", 0), ("shoe", "shoe", 4),
        ]  # fmt: skip
        white = [colour == "#ffffff" for colour in cells.textfont.color]
        assert white == [True, False, False, True]  # on the darkest cells


def test_the_numbers_are_left_away_where_they_have_no_room() -> None:
    names = [f"class {n}" for n in range(FEW + 1)]
    figure = confusion_figure(evaluate(np.arange(FEW + 1), np.eye(FEW + 1), names), False)
    assert figure.data[1].mode == "markers" and figure.data[1].text is None
