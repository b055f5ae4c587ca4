"""Refinement of stored vectors is that of vectors in memory."""

from __future__ import annotations

import numpy as np
import pytest
from blobs import blobs

from core.learn.large.refining import refine_stored
from core.learn.models.refine import refine
from core.runtime import rows
from core.runtime.progress import Cancelled, Report
from core.runtime.rows import StoredRows


def problem() -> tuple[StoredRows, np.ndarray, np.ndarray]:
    """Stored vectors, texts that are a little off, and the middle."""
    vectors, group = blobs(n=900, classes=5, dimensions=24)
    half = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    stored = StoredRows([half[:300], half[300:]], np.arange(len(half)))
    means = np.stack([np.asarray(stored)[group == k].mean(axis=0) for k in range(5)])
    texts = (means + np.random.default_rng(1).normal(scale=0.1, size=means.shape)).astype("f4")
    return stored, texts, np.asarray(stored).mean(axis=0)


@pytest.mark.parametrize("centred", [True, False])
def test_it_ends_where_vectors_in_memory_would(
    centred: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK", 128)
    stored, texts, middle = problem()
    centre = middle if centred else None
    many, few = refine_stored(stored, texts, centre), refine(np.asarray(stored), texts, centre)
    np.testing.assert_allclose(many.prototypes, few.prototypes, atol=1e-4)
    np.testing.assert_allclose(many.scores, few.scores, atol=1e-4)
    assert [step.iteration for step in many.log] == list(range(1, 11))
    for one, other in zip(many.log, few.log, strict=True):
        assert one.weight == other.weight and one.active_classes == other.active_classes
        assert one.moved_share == pytest.approx(other.moved_share, abs=3e-3)
        assert one.mean_confidence == pytest.approx(other.mean_confidence, abs=1e-3)
    assert many.collapsed == few.collapsed


def test_a_class_without_images_keeps_its_text_and_it_stops_when_asked() -> None:
    stored, texts, _ = problem()
    away = -np.asarray(stored).mean(axis=0, keepdims=True)
    several = np.concatenate([texts, away]).astype(np.float32)
    refined = refine_stored(stored, several)
    np.testing.assert_allclose(refined.prototypes[-1], (away / np.linalg.norm(away))[0], atol=1e-4)
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        refine_stored(stored, texts, report=report)
