"""What search results are predicted as: the most probable class, where there are classes."""

from __future__ import annotations

import numpy as np
import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.services.search.predicted import predicted
from core.services.search.request import Result

CLASSES = Vocabulary((("red", ("red",)), ("green", ("green",)), ("blue", ("blue",))))


def test_each_result_has_its_most_probable_class(coloured: tuple[Project, dict[str, str]]) -> None:
    snapshot = coloured[0].snapshot(CLASSES)
    ids = snapshot.pool.ids
    results = [Result("", None, ids[row]) for row in (7, 0, 20)]
    probabilities = predict(snapshot).probabilities
    for row, one in zip((7, 0, 20), predicted(snapshot, results), strict=True):
        assert one is not None
        assert one[0] == CLASSES.names[int(probabilities[row].argmax())]
        assert one[1] == pytest.approx(float(np.max(probabilities[row])))


def test_without_classes_or_results_there_is_none(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    project = coloured[0]
    result = Result("", None, project.pool().ids[0])
    assert predicted(project.snapshot(Vocabulary()), [result]) == [None]
    assert predicted(project.snapshot(Vocabulary((("red", ("red",)),))), [result]) == [None]
    assert predicted(project.snapshot(CLASSES), []) == []
