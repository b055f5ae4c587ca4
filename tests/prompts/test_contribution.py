"""What a prompt is worth, against the class with that prompt really taken away."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompts.contribution import contributions


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), prompts=st.integers(2, 5), classes=st.integers(2, 4))
def test_won_and_lost_are_what_changes_without_the_prompt(
    seed: int, prompts: int, classes: int
) -> None:
    random = np.random.default_rng(seed)
    vectors, embedded = unit(random.normal(size=(80, 6))), unit(random.normal(size=(prompts, 6)))
    rest = unit(random.normal(size=(classes - 1, 6)))
    own = unit(embedded.mean(axis=0, keepdims=True))
    scores = vectors @ np.vstack([own, rest]).T
    human = random.integers(-1, classes, 80)
    names = [f"prompt {i}" for i in range(prompts)]
    entries = contributions(names, vectors @ embedded.T, embedded, scores, 0, human)
    assert [f.prompt for f in entries] == names
    before = scores.argmax(axis=1)
    for index, entry in enumerate(entries):
        fewer = unit(np.delete(embedded, index, axis=0).mean(axis=0, keepdims=True))
        after = (vectors @ np.vstack([fewer, rest]).T).argmax(axis=1)
        assert set(entry.won) == set(np.flatnonzero((before == 0) & (after != 0)))
        assert set(entry.lost) == set(np.flatnonzero((before != 0) & (after == 0)))
        right = int((before == human).sum()) - int((after == human).sum())
        assert entry.put_right - entry.put_wrong == right
        assert entry.put_right == int(((before == human) & (after != human)).sum())


def test_a_single_prompt_has_nothing_to_be_compared_with() -> None:
    one = np.ones((3, 1))
    assert contributions(["a"], one, one, np.ones((3, 2)), 0, np.full(3, -1)) == []
