"""Two versions of the prompts: only what flips."""

from __future__ import annotations

import numpy as np

from core.prompts.comparing import compare_versions


def test_only_images_that_change_their_class_are_listed() -> None:
    before = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4]])
    after = np.array([[0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]])
    result = compare_versions(before, after, ["a", "b"], ["a", "b"], ["a", "b", None, "a"])
    assert result.changed == 2
    assert [(f.before, f.after, f.rows.tolist()) for f in result.flips] == [("a", "b", [3, 1])]
    assert (result.labeled, result.right_before, result.right_after) == (3, 2, 2)


def test_versions_may_have_other_classes() -> None:
    before = np.array([[0.9, 0.1], [0.1, 0.9]])
    after = np.array([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    result = compare_versions(before, after, ["a", "b"], ["a", "b", "new"], ["a", "new"])
    assert [(f.before, f.after) for f in result.flips] == [("a", "new")]
    assert result.labeled == 1  # a class that only one version has tells nothing of the other
