"""What refinement of prototypes did, in words and as JSON: one telling for commands and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.images.names import shown
from core.learn.models.refining import MINIMUM_IMAGES, RefineMode
from core.learn.predictions import Predictions

if TYPE_CHECKING:
    from core.learn.models.refine import RefineStep

_DECIMALS = 6  # as in the manifest
_NAMED = 5  # collapsed classes that a sentence names


def refinement_json(predictions: Predictions, mode: RefineMode) -> dict[str, Any]:
    """The entry ``refinement`` of ``winnow run --json``.

    Args:
        mode: what was asked for.
    """
    names = predictions.names
    return {
        "asked": mode,
        "refined": bool(predictions.log),
        "steps": [
            {name: round(value, _DECIMALS) for name, value in asdict(step).items()}
            for step in predictions.log
        ],
        "collapsed": [
            {"class": names[one.column], "before": one.before, "after": one.after}
            for one in predictions.collapsed
        ],
    }


def step_text(step: RefineStep) -> str:
    """One iteration in a line."""
    return (
        f"text weight {step.weight:.2f}, {step.moved_share:.1%} moved, "
        f"{step.active_classes} classes in use, mean confidence {step.mean_confidence:.3f}"
    )


def remarks(predictions: Predictions, mode: RefineMode) -> list[str]:
    """Sentences on what was asked for and came otherwise than one may think."""
    if mode == "no":
        return []
    images = len(predictions.human)
    if not predictions.log:
        return [
            f"The collection has fewer than {MINIMUM_IMAGES} images ({images}), too few to refine "
            "from: the prompts count as they are."
        ]
    return [warning] if (warning := collapse_warning(predictions)) else []


def collapse_warning(predictions: Predictions) -> str | None:
    """That refinement emptied classes, and which; None where it did not."""
    lost = sorted(predictions.collapsed, key=lambda one: one.after - one.before)
    if not lost:
        return None
    named = ", ".join(
        f"{shown(predictions.names[one.column])} ({one.before:,} → {one.after:,} images)"
        for one in lost[:_NAMED]
    )
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (
        f"Refinement left {_classes(lost)} with hardly an image of those that the prompts gave: "
        f"{named}{more}. Write better prompts for these, or do not refine."
    )


def _classes(lost: Sequence[object]) -> str:
    return "one class" if len(lost) == 1 else f"{len(lost)} classes"
