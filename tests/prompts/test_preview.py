"""Strips and histograms of the prompt workbench."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from core.learn.models.softmax import softmax
from core.prompts import preview as previews
from core.prompts.preview import BINS, ClassPreview, Lead, column, lead_of, preview


def led(scores: np.ndarray, temperature: float = 1.0) -> Lead:
    return lead_of(*scores.shape, lambda rows: softmax(scores[rows] / temperature))


def all_of(scores: np.ndarray, size: int, temperature: float = 1.0) -> list[ClassPreview]:
    lead = led(scores, temperature)
    return [
        preview(k, column(scores, temperature, k, lead), lead, size) for k in range(scores.shape[1])
    ]


@settings(max_examples=60)
@given(n=st.integers(0, 40), k=st.integers(1, 8), size=st.integers(1, 12), seed=st.integers(0, 99))
def test_previews_are_sorted_and_apart(n: int, k: int, size: int, seed: int) -> None:
    scores = np.random.default_rng(seed).random((n, k)).astype(np.float32)
    shown, probabilities = all_of(scores, size, 0.2), softmax(scores / 0.2)
    assert sum(p.count for p in shown) == n
    taken = probabilities.argmax(axis=1) if n else np.zeros(0, int)
    for number, p in enumerate(shown):
        assert len(p.top) == min(size, n)
        assert len(p.border) == min(size, n - len(p.top))
        strips = [*p.top, *p.border, *p.bottom]
        assert len(strips) == len(set(strips))
        assert (np.diff(probabilities[p.top, number]) <= 1e-6).all()
        assert (np.diff(probabilities[p.bottom, number]) >= -1e-6).all()
        assert (taken[p.bottom] == number).all()
        assert p.histogram.sum() == n
        assert p.histogram[BINS // 2 :].sum() == p.count


def test_the_border_holds_what_is_almost_taken() -> None:
    chances = np.array([[0.9, 0.1], [0.51, 0.49], [0.49, 0.51], [0.1, 0.9]], np.float32)
    first = all_of(np.log(chances), 1)[0]
    assert first.top.tolist() == [0]
    assert first.border.tolist() == [1]
    assert first.count == 2


def test_who_leads_is_the_same_in_parts_and_ties_go_to_the_first(monkeypatch: MonkeyPatch) -> None:
    scores = np.random.default_rng(0).integers(0, 4, (50, 6)).astype(np.float32)
    monkeypatch.setattr(previews, "_CELLS", 42)  # seven images at once
    lead, chances = led(scores, 0.5), softmax(scores / 0.5)
    ordered = np.sort(chances, axis=1)
    np.testing.assert_array_equal(lead.taken, chances.argmax(axis=1))
    np.testing.assert_array_equal(lead.surest, chances.argmax(axis=0))
    np.testing.assert_array_equal(lead.best, ordered[:, -1])
    np.testing.assert_array_equal(lead.second, ordered[:, -2])
    for k in range(6):
        np.testing.assert_allclose(column(scores, 0.5, k, lead), chances[:, k], rtol=1e-6)


def test_without_images_nobody_is_surest_and_one_class_has_no_rival() -> None:
    assert led(np.zeros((0, 3), np.float32)).surest.tolist() == [-1, -1, -1]
    assert led(np.ones((2, 1), np.float32)).second.tolist() == [0, 0]
