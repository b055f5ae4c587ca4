"""Strips and histograms of the prompt workbench."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompts.preview import BINS, preview


@settings(max_examples=60)
@given(n=st.integers(0, 40), k=st.integers(1, 8), size=st.integers(1, 12), seed=st.integers(0, 99))
def test_previews_are_sorted_and_apart(n: int, k: int, size: int, seed: int) -> None:
    raw = np.random.default_rng(seed).random((n, k))
    probabilities = raw / raw.sum(axis=1, keepdims=True) if n else raw
    shown = preview(probabilities, size)
    assert len(shown) == k
    assert sum(p.count for p in shown) == n
    taken = probabilities.argmax(axis=1) if n else np.zeros(0, int)
    for column, p in enumerate(shown):
        assert len(p.top) == min(size, n)
        assert len(p.border) == min(size, n - len(p.top))
        strips = [*p.top, *p.border, *p.bottom]
        assert len(strips) == len(set(strips))
        assert (np.diff(probabilities[p.top, column]) <= 0).all()
        assert (np.diff(probabilities[p.bottom, column]) >= 0).all()
        assert (taken[p.bottom] == column).all()
        assert p.histogram.sum() == n
        assert p.histogram[BINS // 2 :].sum() == p.count


def test_the_border_holds_what_is_almost_taken() -> None:
    probabilities = np.array([[0.9, 0.1], [0.51, 0.49], [0.49, 0.51], [0.1, 0.9]])
    first = preview(probabilities, 1)[0]
    assert first.top.tolist() == [0]
    assert first.border.tolist() == [1]
    assert first.count == 2
