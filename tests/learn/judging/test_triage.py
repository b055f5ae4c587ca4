"""Who is probably wrong when prompt, model and people disagree."""

from __future__ import annotations

import numpy as np

from core.learn.judging.triage import triage


def causes(human: list[int], model: list[int], prompt: list[int]) -> list[str]:
    return [d.cause for d in triage(np.array(human), np.array(model), np.array(prompt))[0]]


def test_each_pattern_has_its_cause() -> None:
    assert causes([0], [0], [0]) == []
    assert causes([0], [1], [1]) == ["label"]
    assert causes([0], [0], [1]) == ["prompt"]
    assert causes([0], [1], [0]) == ["model"]
    assert causes([0], [1], [2]) == ["model"]


def test_a_pair_that_is_confused_both_ways_is_a_matter_of_definition() -> None:
    assert causes([0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]) == ["definition"] * 4
    assert causes([0, 0, 1], [1, 1, 0], [1, 1, 0]) == ["label"] * 3


def test_advice_counts_what_came_up_often_enough() -> None:
    human, model, prompt = np.array([0] * 4 + [1]), np.array([0] * 4 + [1]), np.array([1] * 4 + [0])
    advice = triage(human, model, prompt)[1]
    assert [(a.cause, a.true, a.taken, a.count) for a in advice] == [("prompt", 0, 1, 4)]
