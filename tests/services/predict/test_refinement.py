"""What is told of refinement, wherever it was done."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.models.refine import Collapse, RefineStep
from core.learn.predictions import Predictions
from core.services.predict.refinement import collapse_warning, refinement_json, remarks

STEP = RefineStep(1, 0.95, 0.25, 3, 0.5)
NAMES = [f"class {k}" for k in range(8)]


def predictions(
    images: int = 100, log: tuple[RefineStep, ...] = (STEP,), lost: tuple[Collapse, ...] = ()
) -> Predictions:
    flat = np.full((images, len(NAMES)), 1 / len(NAMES), np.float32)
    nobody, first = np.full(images, -1), np.zeros(images, int)
    return Predictions(NAMES, flat, flat, nobody, first, "prompt", 0, log=log, collapsed=lost)


def test_json_tells_steps_and_collapsed_classes() -> None:
    content = refinement_json(predictions(lost=(Collapse(2, 40, 1),)), "auto")
    assert content == {
        "asked": "auto",
        "refined": True,
        "steps": [
            {
                "iteration": 1,
                "weight": 0.95,
                "moved_share": 0.25,
                "active_classes": 3,
                "mean_confidence": 0.5,
            }
        ],
        "collapsed": [{"class": "class 2", "before": 40, "after": 1}],
    }
    assert refinement_json(predictions(log=()), "no")["refined"] is False


@pytest.mark.parametrize("mode", ["auto", "yes"])
def test_too_few_images_are_said_unless_nobody_asked(mode: str) -> None:
    (sentence,) = remarks(predictions(99, ()), mode)  # type: ignore[arg-type]
    assert "fewer than 100 images (99)" in sentence
    assert remarks(predictions(99, ()), "no") == []
    assert remarks(predictions(), "auto") == []


def test_a_warning_names_the_classes_that_lost_most() -> None:
    lost = tuple(Collapse(k, 10 * (k + 1), k) for k in range(7))
    warning = collapse_warning(predictions(lost=lost))
    assert warning is not None
    assert "left 7 classes" in warning and "and 2 more" in warning
    assert warning.index("class 6 (70 → 6 images)") < warning.index("class 2 (30 → 2")
    assert "class 1 " not in warning
    assert "left one class" in str(collapse_warning(predictions(lost=lost[:1])))
    assert collapse_warning(predictions()) is None
    assert remarks(predictions(lost=lost), "yes") == [warning]
