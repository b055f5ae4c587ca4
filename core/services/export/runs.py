"""A run: from predictions to class folders, through the plan and the writer of ``core.export``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.export.names import safe_file_name
from core.export.options import ExportOptions, Mode, check_formats, check_options
from core.export.plan import Assignment, Plan, Rejected, make_plan
from core.export.record.jsonfile import DECIMALS
from core.export.record.run import MANIFEST
from core.export.record.scores import ClassScores
from core.export.report.html import REPORT_HTML
from core.export.report.text import REPORT
from core.export.write import ExportCancelled, check_destination
from core.export.write import write as write_export
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Cancelled, Report
from core.services.export import split_keys
from core.services.export.outcome import RunOutcome
from core.services.export.record import record_of

__all__ = ["RunOutcome", "check_destination", "dry_run", "options", "plan", "write"]

STEP = "Writing"


def options(
    mode: Mode,
    splits: tuple[float, float, float] | None,
    review_below: float | None,
    seed: int,
    review_margin: float | None = None,
    formats: Sequence[str] = ("folders",),
    verify: bool = False,
) -> ExportOptions:
    """Options of a run, checked.

    Raises:
        WinnowError: one of them makes no sense.
    """
    chosen = ExportOptions(
        mode, splits, review_below, seed, review_margin, check_formats(formats), verify
    )
    check_options(chosen)  # before any long work
    return chosen


def plan(
    project: Project,
    predictions: Predictions,
    rejected: Sequence[tuple[str, str]],
    chosen: ExportOptions,
    groups: np.ndarray | None = None,
    doubts: Sequence[str | None] | None = None,
    keys: Mapping[str, str] | None = None,
) -> Plan:
    """Decide where every file goes: people's labels win, predictions decide the rest.

    Args:
        groups: (N,) number of each image's group of near-duplicates, which share a split.
        doubts: (N,) why a person should look at an image, None where nobody need; for what is
            found outside, such as a conformal set of several classes.
        keys: image id → split key, in place of those that the workspace remembers.
    """
    ids = project.pool().ids
    notes = []
    if chosen.splits is None:
        keys = {}
    elif keys is None:
        keys = split_keys.settle(ids, groups, split_keys.read(project.workspace))
        parted = split_keys.parted(ids, groups, keys) if groups is not None else 0
        if parted:
            notes.append(
                f"{parted} groups of near-duplicates may be in more than one split, because their "
                "images were given splits before it was known that they belong together."
            )
    made = make_plan(
        _assignments(project, predictions, keys, groups is not None, doubts),
        [Rejected(path, why) for path, why in rejected],
        predictions.names,
        chosen,
    )
    return replace(made, notes=[*made.notes, *notes]) if notes else made


def _assignments(
    project: Project,
    predictions: Predictions,
    keys: Mapping[str, str],
    grouped: bool,
    doubts: Sequence[str | None] | None,
) -> Iterator[Assignment]:
    pool = project.pool()
    human = (predictions.human >= 0).tolist()
    assigned, confidence = predictions.assigned.tolist(), predictions.confidence().tolist()
    # Rounded here and not when written, so that the order of two figures is that of the files too.
    scores = np.round(predictions.probabilities.astype(np.float64), DECIMALS)
    margins = predictions.margin().tolist()
    columns = {name: column for column, name in enumerate(predictions.names)}
    said = {i: label for i, label in project.labels.current().items() if label.conflict}
    for row, files in enumerate(pool.files):
        image_id = pool.ids[row]
        key = keys.get(image_id, image_id)
        marks = ("conflict",) if human[row] and image_id in said else ()
        own = ClassScores(columns, scores[row])
        for index, file in enumerate(files):
            yield Assignment(
                id=image_id,
                path=file.path,
                label=predictions.names[assigned[row]],
                probability=confidence[row],
                margin=margins[row],
                scores=own,
                source="human" if human[row] else predictions.model,
                size=file.size,
                flags=(*marks, "exact-duplicate") if index else marks,
                group=key if grouped or key != image_id else None,
                doubt=doubts[row] if doubts is not None else None,
                width=file.width,
                height=file.height,
            )


def dry_run(chosen: Plan, out: Path) -> RunOutcome:
    """What the plan would write."""
    return RunOutcome(
        images=len(chosen.items) + len(chosen.rejected),
        written=0,
        rejected=[(entry.path, entry.reason) for entry in chosen.rejected],
        review=chosen.review,
        classes=dict(chosen.counts),
        out=out,
        manifest=None,
        bytes_total=chosen.bytes_total,
        renamed=len(chosen.collisions),
        notes=chosen.notes,
        plan=chosen,
    )


def write(
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    chosen: Plan,
    out: Path,
    report: Report,
    command: Sequence[str] | None = None,
    metrics: Mapping[str, Any] | None = None,
    refined: bool = False,
) -> RunOutcome:
    """Carry out a plan and keep its records in the workspace too.

    Args:
        metrics: how good the predictions are, in the form of ``winnow evaluate --json``.
        refined: the predictions started from refined prototypes.

    Raises:
        WinnowError: the destination cannot take it; nothing is left there.
        Cancelled: stopped on request; nothing is left there.
    """
    workspace = project.workspace
    if chosen.options.splits is not None:
        # Before anything is written: a split that somebody may have seen must never be forgotten.
        split_keys.remember(workspace, {a.id: a.group or a.id for a in _in_splits(chosen)})
    try:
        result = write_export(
            chosen,
            workspace.images,
            out,
            record_of(project, vocabulary, predictions, chosen, command, metrics, refined),
            progress=lambda done, total: report.tell(STEP, done, total),
            cancelled=lambda: report.cancelled,
        )
    except ExportCancelled as error:
        raise Cancelled from error
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    kept = workspace.runs / f"{stamp}-{safe_file_name(out.name)}"
    kept.mkdir(parents=True, exist_ok=True)
    for name in (MANIFEST, REPORT, REPORT_HTML):
        shutil.copy2(result.out / name, kept / name)
    planned = dry_run(chosen, result.out)
    return replace(
        planned,
        written=result.written,
        rejected=planned.rejected + result.failed,
        review=result.review,
        classes=result.classes,
        manifest=result.manifest,
        notes=result.notes,
        resumed=result.resumed,
    )


def _in_splits(chosen: Plan) -> Iterator[Assignment]:
    return (item.assignment for item in chosen.items if item.split is not None)
