"""Which run somebody means: an id, a name, a date, the present, or the one that counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.metrics.runs.listing import ENCODER, NOW, PINNED, PRESENT, PROMPTS, Run, runs
from core.store.workspace import Workspace

_NAMED = 5  # runs that are named when several fit


def present(now: float) -> Run:
    """The predictions of the present as a run."""
    return Run(NOW, now, PRESENT, NOW)


def named(workspace: Workspace, text: str, now: float) -> Run:
    """The run that a text means.

    Args:
        text: "now", "pinned", an id or its beginning, a name, or a date with or without a time: the
            last predictions on record before it.
        now: seconds since the epoch.

    Raises:
        WinnowError: none fits, or several do.
    """
    if text == NOW:
        return present(now)
    listed = runs(workspace)
    if text == PINNED:
        pinned = [run for run in listed if run.pinned]
        if not pinned:
            raise WinnowError("No run is pinned as the one that counts: pin one first.")
        return pinned[0]
    for fits in (
        [run for run in listed if run.id == text],
        [run for run in listed if run.name == text],
        [run for run in listed if text and run.id.startswith(text)],
    ):
        if len(fits) > 1:
            names = ", ".join(shown(run.id) for run in fits[:_NAMED])
            raise WinnowError(f"{len(fits)} runs are called {shown(text)}: write one of {names}.")
        if fits:
            return fits[0]
    return _on(text, listed)


def _on(text: str, listed: Sequence[Run]) -> Run:
    """The last predictions before a date."""
    try:
        moment = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise WinnowError(
            f"There is no run {shown(text)}: write an id of 'winnow runs list', a date such as "
            "2026-01-31, now or pinned."
        ) from None
    run = before(listed, moment)
    if run is None:
        raise WinnowError(
            f"Nothing that was predicted before {shown(text)} is on record: choose a later date, "
            "or a run of 'winnow runs list'."
        )
    return run


def before(listed: Sequence[Run], moment: float) -> Run | None:
    """The last run with predictions that is not after a moment (seconds since the epoch)."""
    fits = [run for run in listed if run.time <= moment and run.kind not in (PROMPTS, ENCODER)]
    return max(fits, key=lambda run: run.time, default=None)
