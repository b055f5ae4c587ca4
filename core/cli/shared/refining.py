"""What commands say of refinement and of the family of prompts."""

from __future__ import annotations

from core.cli.shared.terminal import Terminal
from core.learn.models.refining import RefineMode
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.families import family_of
from core.prompts.vocabulary import Vocabulary
from core.services.predict.refinement import remarks, step_text


def as_set(snapshot: Snapshot) -> RefineMode:
    """What holds for a question where the command does not say."""
    return "yes" if snapshot.refined else "no"


def tell_refinement(predictions: Predictions, mode: RefineMode, terminal: Terminal) -> None:
    """A note for each iteration, and what went otherwise than one may think."""
    for step in predictions.log:
        terminal.note(f"refining {step.iteration}: {step_text(step)}")
    for sentence in remarks(predictions, mode):
        terminal.note(sentence)


def family_key(classes: Vocabulary) -> str | None:
    """Key of the family that all prompts are of; None where somebody wrote one."""
    family = family_of(classes.prompts())
    return family.key if family is not None else None
