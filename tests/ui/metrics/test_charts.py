"""The figures say how sure they are."""

from __future__ import annotations

import numpy as np

from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import evaluate
from core.ui.metrics.charts import reliability_figure


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
