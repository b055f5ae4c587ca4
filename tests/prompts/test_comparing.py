"""Two versions of the prompts: only what flips."""

from __future__ import annotations

import numpy as np

from core.prompts.comparing import VersionComparison, compare_versions, renamed_classes


def compared(before: np.ndarray, after: np.ndarray, *names: object) -> VersionComparison:
    """Of probabilities (N, K) and (N, L)."""
    return compare_versions(
        before.argmax(axis=1), after.argmax(axis=1), lambda rows: after[rows].max(axis=1), *names
    )


def test_only_images_that_change_their_class_are_listed() -> None:
    before = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4]])
    after = np.array([[0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]])
    result = compared(before, after, ["a", "b"], ["a", "b"])
    assert result.changed == 2
    assert [(f.before, f.after, f.rows.tolist()) for f in result.flips] == [("a", "b", [3, 1])]


def test_versions_may_have_other_classes() -> None:
    before = np.array([[0.9, 0.1], [0.1, 0.9]])
    after = np.array([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    result = compared(before, after, ["a", "b"], ["a", "b", "new"])
    assert [(f.before, f.after) for f in result.flips] == [("a", "new")]


def test_a_class_with_another_name_only_is_the_same_class() -> None:
    before, after = {"a": ["x", "y"], "b": ["z"]}, {"b": ["z"], "c": ["x", "y"], "d": ["w"]}
    renamed = renamed_classes(before, after)
    assert renamed == {"a": "c"}
    scores = np.array([[0.9, 0.1], [0.1, 0.9], [0.8, 0.2]])
    moved = np.array([[0.1, 0.9, 0], [0.9, 0.1, 0], [0.1, 0.1, 0.8]])
    result = compared(scores, moved, ["a", "b"], ["b", "c", "d"], renamed)
    assert [(f.before, f.after, f.rows.tolist()) for f in result.flips] == [("a", "d", [2])]
    assert renamed_classes(before, before) == {}
