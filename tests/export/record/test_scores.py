"""The scores of one image, as files have them."""

from __future__ import annotations

import numpy as np

from core.export.record.scores import ClassScores


def test_scores_are_rounded_as_in_the_files_however_they_are_looked_at() -> None:
    row = np.random.default_rng(0).dirichlet(np.ones(50), 1)[0].astype(np.float32)
    scores = ClassScores({f"class {n}": n for n in range(50)}, row)
    rounded = np.round(row.astype(np.float64), 6)
    np.testing.assert_array_equal(scores.row, rounded)
    assert list(scores.values()) == rounded.tolist() and len(scores) == 50
    assert scores.get("other") is None
