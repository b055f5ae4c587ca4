"""A run: from predictions to class folders, through the plan and the writer of ``core.export``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.export.checks import check_formats, check_options
from core.export.destination import check_destination
from core.export.names import safe_file_name
from core.export.options import ExportOptions, Mode, Unreadable
from core.export.plan import Assignment, Plan, Rejected
from core.export.planning import make_plan
from core.export.record.past import STAMP, note_place
from core.export.record.run import MANIFEST
from core.export.record.scores import ClassScores
from core.export.report.html import REPORT_HTML
from core.export.report.text import REPORT
from core.export.write import write as write_export
from core.images.folders.left_out import LeftOut
from core.images.names import as_text
from core.images.sources.address import is_address
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.pausing import breathe
from core.runtime.progress import Report
from core.services.data.metadata import carried
from core.services.export import beside, split_keys
from core.services.export.backing_off import places
from core.services.export.outcome import RunOutcome
from core.services.export.record import record_of
from core.services.predict import recording
from core.store.people.gate import note, require
from core.store.people.roles import EXPORT

_OFTEN = 4_096  # files

__all__ = ["RunOutcome", "check_destination", "dry_run", "options", "plan", "write"]


def options(
    mode: Mode,
    splits: tuple[float, float, float] | None,
    review_below: float | None,
    seed: int,
    review_margin: float | None = None,
    formats: Sequence[str] = ("folders",),
    verify: bool = False,
    unreadable: Unreadable = "rename",
    csv_safe: bool = False,
    review_ratio: float | None = None,
    questions: Sequence[str] = (),
    columns: carried.Columns = (),
) -> ExportOptions:
    """Options of a run, checked.

    Args:
        questions: columns with the labels of other questions, see `beside.columns`.
        columns: those that people brought, see `carried.columns`.

    Raises:
        WinnowError: one of them makes no sense.
    """
    checked = ExportOptions(
        mode,
        splits,
        review_below,
        seed,
        review_margin,
        check_formats(formats),
        verify,
        unreadable,
        csv_safe,
        review_ratio,
        tuple(questions),
        tuple(columns),
    )
    check_options(checked)  # before any long work
    return checked


def plan(
    snapshot: Snapshot,
    predictions: Predictions,
    rejected: Sequence[tuple[str, str]],
    options: ExportOptions,
    groups: np.ndarray | None = None,
    doubts: Sequence[str | None] | None = None,
    keys: Mapping[str, str] | None = None,
    report: Report | None = None,
) -> Plan:
    """Decide where every file goes: people's labels win, predictions decide the rest.

    Args:
        predictions: of the snapshot's images, K classes.
        rejected: (relative path, reason) of files that cannot be used.
        groups: (N,) number of each image's group of near-duplicates, which share a split.
        doubts: (N,) why a person should look at an image, None where nobody need; for what is
            found outside, such as a conformal set of several classes.
        keys: image id → split key, in place of those that the workspace remembers.
        report: told how far it is.

    Raises:
        WinnowError: the workspace's split keys, or labels of other questions that the options ask
            for, cannot be read.
        Cancelled: asked to stop.
    """
    notes: list[str] = []
    if options.splits is None:
        keys = {}
    elif keys is None:
        keys, notes = _settled_keys(snapshot, groups)
    made = make_plan(
        _reporting(
            _assignments(snapshot, predictions, keys, groups is not None, doubts, options),
            len(snapshot),
            report or Report(),
        ),
        [Rejected(path, why) for path, why in rejected],
        predictions.names,
        options,
        snapshot.classes.above,
    )
    return replace(made, notes=[*made.notes, *notes]) if notes else made


def _settled_keys(
    snapshot: Snapshot, groups: np.ndarray | None
) -> tuple[dict[str, str], list[str]]:
    """Image id → split key, and what has to be noted of them."""
    ids = snapshot.pool.ids
    keys = split_keys.settle(ids, groups, split_keys.read(snapshot.workspace))
    parted = split_keys.parted(ids, groups, keys) if groups is not None else 0
    if not parted:
        return keys, []
    note = (
        f"{parted} groups of near-duplicates may be in more than one split, because their "
        "images were given splits before it was known that they belong together."
    )
    return keys, [note]


def _reporting(files: Iterator[Assignment], count: int, report: Report) -> Iterator[Assignment]:
    """The same, with the report told how far it is from time to time."""
    for number, file in enumerate(files):
        if number % _OFTEN == 0:
            breathe()
            report.step("Settling the name of each file", min(number, count), count)
        yield file


def _assignments(
    snapshot: Snapshot,
    predictions: Predictions,
    keys: Mapping[str, str],
    grouped: bool,
    doubts: Sequence[str | None] | None,
    options: ExportOptions,
) -> Iterator[Assignment]:
    pool = snapshot.pool
    place = places(snapshot, predictions, options.review_below)
    human, assigned = place.by_people.tolist(), place.nodes.tolist()
    confidence = place.probability.tolist()
    margins, ratios = place.margin.tolist(), place.ratio.tolist()
    columns = {name: column for column, name in enumerate(predictions.names)}
    conflicts = snapshot.labels.conflicts.tolist()
    others = beside.labels(snapshot, options.questions)
    cells = carried.cells(snapshot, options.columns)
    for row, (files, labels, brought) in enumerate(zip(pool.files, others, cells, strict=True)):
        image_id = pool.ids[row]
        key = keys.get(image_id, image_id)
        marks = ("conflict",) if human[row] and conflicts[row] else ()
        own = ClassScores(columns, predictions.probabilities[row])
        for index, file in enumerate(files):
            yield Assignment(
                id=image_id,
                path=file.path,
                label=place.names[assigned[row]],
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
                content=file.format,
                ratio=ratios[row],
                others=labels,
                cells=brought,
            )


def dry_run(plan: Plan, out: Path, left_out: LeftOut | None = None) -> RunOutcome:
    """What the plan would write; ``left_out`` is what was passed over in the image folder."""
    return RunOutcome(
        images=len(plan.items) + len(plan.rejected),
        written=0,
        rejected=[(entry.path, entry.reason) for entry in plan.rejected],
        review=plan.review,
        classes=dict(plan.counts),
        out=out,
        manifest=None,
        bytes_total=plan.bytes_total,
        renamed=len(plan.collisions),
        notes=plan.notes,
        plan=plan,
        left_out=left_out or LeftOut(),
    )


def write(
    snapshot: Snapshot,
    predictions: Predictions,
    plan: Plan,
    out: Path,
    report: Report,
    command: Sequence[str] | None = None,
    metrics: Mapping[str, Any] | None = None,
    refined: bool = False,
    person: str = "",
) -> RunOutcome:
    """Carry out a plan and keep its records in the snapshot's workspace too.

    Args:
        predictions: those that the plan was made of.
        command: the command line; None from the app.
        metrics: how good the predictions are, in the form of ``winnow evaluate --json``.
        refined: the predictions started from refined prototypes.
        person: who asked for it, "" where that is not known.

    Raises:
        WinnowError: the destination cannot take it, or whoever acts may not export; nothing is
            left there.
        Cancelled: stopped on request; nothing is left there.
    """
    workspace = snapshot.workspace
    require(workspace.home, EXPORT)
    if plan.options.splits is not None:
        # Before anything is written: a split that somebody may have seen must never be forgotten.
        split_keys.remember(workspace, {a.id: a.group or a.id for a in _in_splits(plan)})
    record = record_of(
        snapshot, predictions, plan, command, metrics, refined or bool(predictions.log)
    )
    result = write_export(plan, workspace.images, out, record, report)
    filed = _file_records(
        result.out, workspace.runs, out.name, datetime.fromisoformat(record.created)
    )
    note(workspace.home, EXPORT, f"{result.written:,} images to {as_text(str(result.out))}")
    unlisted = _into_ledger(snapshot, predictions, out.name, person, filed.name)
    planned = dry_run(plan, out if is_address(out) else result.out, record.left_out)
    return replace(
        planned,
        written=result.written,
        rejected=planned.rejected + result.failed,
        review=result.review,
        classes=result.classes,
        manifest=result.manifest,
        notes=[*result.notes, *unlisted],
        resumed=result.resumed,
    )


def _into_ledger(
    snapshot: Snapshot, predictions: Predictions, name: str, person: str, run: str
) -> list[str]:
    """Keep what was predicted; what has to be noted where that failed, for the export is done."""
    try:
        recording.record(snapshot, predictions, recording.EXPORT, name, person, run)
    except WinnowError as error:
        return [f"This export cannot be compared with others as a whole later: {error}"]
    return []


def _file_records(export: Path, runs: Path, name: str, begun: datetime) -> Path:
    """Copy the records of an export to a folder of their own among those of earlier runs; it."""
    # Labels that came while it was written are not in it, so its time is that of the beginning.
    folder = runs / f"{begun.astimezone():{STAMP}}-{safe_file_name(name)}"
    number, base = 1, folder
    while folder.exists():
        number += 1
        folder = base.with_name(f"{base.name}-{number}")
    # Under another name until it is complete: others look into it as soon as it is there.
    work = folder.with_name(f".{folder.name}")
    work.mkdir(parents=True, exist_ok=True)
    for record in (MANIFEST, REPORT, REPORT_HTML):
        shutil.copy2(export / record, work / record)
    note_place(work, export)
    work.rename(folder)
    return folder


def _in_splits(plan: Plan) -> Iterator[Assignment]:
    return (item.assignment for item in plan.items if item.split is not None)
