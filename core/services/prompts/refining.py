"""Refinement of the prompts looked at before it is used: what flips, and what random images say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.refine import RefineStep
from core.project.snapshot import Snapshot
from core.prompts.comparing import VersionComparison, compare_versions
from core.runtime.files import storage_errors, write_atomic
from core.runtime.progress import Report
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.verdict import Verdict, decide
from core.services.prompts.workbench import surest_of
from core.store.people.gate import doing
from core.store.people.roles import SETTINGS
from core.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class RefinementPreview:
    """The prompts alone, against what refinement makes of them; labels teach neither.

    Attributes:
        steps: of refinement; empty where there are too few images for it.
        comparison: the images that flip.
        verdict: what the random images say of the two.
        emptied: class → images before and after, where refinement took most of them away.
    """

    steps: tuple[RefineStep, ...]
    comparison: VersionComparison
    verdict: Verdict
    emptied: dict[str, tuple[int, int]]


def use_refinement(workspace: Workspace, wanted: bool) -> None:
    """Have all predictions of a question start from refined prompts, or from the prompts' own.

    Raises:
        WinnowError: it cannot be written.
    """
    about = f"refined prompts {'on' if wanted else 'off'}"
    with doing(workspace.home, SETTINGS, about), storage_errors(workspace.home):
        if wanted:
            write_atomic(workspace.refining, b"Predictions start from refined prompts.\n")
        else:
            workspace.refining.unlink(missing_ok=True)


def preview_refinement(snapshot: Snapshot, report: Report | None = None) -> RefinementPreview:
    """What refinement would change.

    Args:
        report: told how far the refinement of very many images is.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
        Cancelled: asked to stop.
    """
    direct, refined = zero_shot(snapshot), zero_shot(snapshot, True, report)
    names, rows = snapshot.names, snapshot.audit
    first, second = direct.taken, refined.taken
    emptied = {names[one.column]: (one.before, one.after) for one in refined.collapsed}
    return RefinementPreview(
        refined.log,
        compare_versions(first, second, surest_of(refined), names, names),
        decide(np.asarray(snapshot.human[rows]), first[rows], second[rows]),
        emptied,
    )
