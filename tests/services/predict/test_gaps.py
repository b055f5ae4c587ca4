"""Classes that no image goes to and classes that nobody labels are said, in time."""

from __future__ import annotations

import numpy as np

from core.learn.predictions import Predictions
from core.services.predict.gaps import LEAST_LABELED, SURELY, Gaps, gaps, listed


def predictions(assigned: list[int], human: list[int]) -> Predictions:
    probabilities = np.eye(3, dtype=np.float32)[assigned]
    return Predictions(
        ["a", "b", "c"], probabilities, probabilities, np.array(human), np.array(assigned),
        "model", 0,
    )  # fmt: skip


def test_nothing_is_said_where_nothing_is_amiss() -> None:
    found = gaps(predictions([0, 1, 2] * 20, [0, 1, 2] * 20))
    assert found == Gaps([], [], 60) and found.sentences() == []
    assert gaps(predictions([0, 1, 2], [-1, -1, -1])).sentences() == []


def test_a_class_that_no_image_goes_to_is_said_at_once() -> None:
    found = gaps(predictions([0, 1, 1], [-1, -1, -1]))
    assert found.empty == ["c"] and found.unlabeled == []
    assert "No image is predicted to be “c”" in found.sentences()[0]


def test_a_class_without_labels_is_said_only_after_a_while() -> None:
    assert gaps(predictions([0, 1, 2] * 20, [0, 1, -1] * 3 + [-1] * 51)).sentences() == []
    half = LEAST_LABELED // 2
    found = gaps(predictions([0, 1, 2] * 20, [0, 1, -1] * half + [-1] * (60 - 3 * half)))
    assert found.unlabeled == ["c"] and found.empty == []
    assert f"of {2 * half} labeled" in found.sentences()[0]


def test_with_forty_classes_fifty_labels_are_a_while() -> None:
    names, count = [f"c{k}" for k in range(40)], 400
    assigned = np.arange(count) % 40
    probabilities = np.eye(40, dtype=np.float32)[assigned]
    for labeled in (SURELY - 1, SURELY):
        human = np.where(np.arange(count) < labeled, assigned % 30, -1)
        of = Predictions(names, probabilities, probabilities, human, assigned, "model", 0)
        found = gaps(of)
        assert len(found.unlabeled) == (10 if labeled == SURELY else 0)
    assert "and 7 more, of 50 labeled" in found.sentences()[0]


def test_an_empty_class_is_not_said_twice() -> None:
    found = gaps(predictions([0, 1] * 30, [0, 1] * 30))
    assert found.empty == ["c"] and found.unlabeled == []


def test_many_names_are_cut_short() -> None:
    assert listed(["a"]) == "“a”"
    assert listed(["a", "b", "c"]) == "“a”, “b” or “c”"
    assert listed([str(n) for n in range(9)]) == "“0”, “1”, “2” and 6 more"
