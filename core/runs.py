"""A run: from predictions to class folders, through the plan and the writer of ``core.export``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.export.destination import size_text
from core.export.names import safe_file_name
from core.export.plan import Assignment, ExportOptions, Mode, Plan, Rejected, make_plan
from core.export.record import RunRecord
from core.export.write import ExportCancelled, check_destination
from core.export.write import write as write_export
from core.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.store.labels import labels_digest
from core.tasks import Cancelled, Report

__all__ = ["RunOutcome", "check_destination", "dry_run", "options", "plan", "write"]

STEP = "Writing"


@dataclass(frozen=True)
class RunOutcome:
    """What a run wrote or, for a dry run, would write. ``manifest`` is None for a dry run."""

    images: int
    written: int
    rejected: list[tuple[str, str]]
    review: int
    classes: dict[str, int]
    out: Path
    manifest: Path | None
    bytes_total: int
    renamed: int
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow run --json``."""
        return {
            "images": self.images,
            "written": self.written,
            "rejected": len(self.rejected),
            "review": self.review,
            "classes": self.classes,
            "out": str(self.out),
            "manifest": str(self.manifest) if self.manifest else None,
            "bytes": self.bytes_total,
            "renamed": self.renamed,
            "dry_run": self.manifest is None,
            "rejections": [{"path": path, "reason": why} for path, why in self.rejected],
            "notes": self.notes,
        }

    def as_text(self) -> str:
        """The same for people."""
        verb = "written to" if self.manifest else "would be written to"
        count = self.written if self.manifest else self.images - len(self.rejected)
        lines = [f"{count} images ({size_text(self.bytes_total)}) {verb} {self.out}"]
        lines += [f"  {name}: {size}" for name, size in self.classes.items()]
        if self.review:
            lines.append(f"  review: {self.review}")
        if self.renamed:
            lines.append(
                f"{self.renamed} files get another name, because theirs is taken or unsafe"
            )
        lines += [f"rejected {path!r}: {why}" for path, why in self.rejected]
        return "\n".join(lines + self.notes)


def options(
    mode: Mode,
    splits: tuple[float, float, float] | None,
    review_below: float | None,
    seed: int,
) -> ExportOptions:
    """Options of a run, checked.

    Raises:
        WinnowError: one of them makes no sense.
    """
    chosen = ExportOptions(mode, splits, review_below, seed)
    make_plan([], [], [], chosen)  # the plan's own checks, before any long work
    return chosen


def plan(
    project: Project,
    predictions: Predictions,
    rejected: Sequence[tuple[str, str]],
    chosen: ExportOptions,
) -> Plan:
    """Decide where every file goes: people's labels win, predictions decide the rest."""
    pool = project.pool()
    confidence = predictions.confidence()
    ordered = np.sort(predictions.probabilities, axis=1)
    second = ordered[:, -2] if ordered.shape[1] > 1 else np.zeros(len(ordered))
    assignments = []
    for row, files in enumerate(pool.files):
        human = predictions.human[row] >= 0
        scores = {
            name: float(value)
            for name, value in zip(predictions.names, predictions.probabilities[row], strict=True)
        }
        for index, file in enumerate(files):
            assignments.append(
                Assignment(
                    id=pool.ids[row],
                    path=file.path,
                    label=predictions.names[predictions.assigned[row]],
                    probability=float(confidence[row]),
                    margin=1.0 if human else float(ordered[row, -1] - second[row]),
                    scores=scores,
                    source=predictions.source(row),
                    size=file.size,
                    flags=("exact-duplicate",) if index else (),
                )
            )
    return make_plan(
        assignments, [Rejected(path, why) for path, why in rejected], predictions.names, chosen
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
    )


def write(
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    chosen: Plan,
    out: Path,
    report: Report,
    command: Sequence[str] | None = None,
) -> RunOutcome:
    """Carry out a plan and keep its records in the workspace too.

    Raises:
        WinnowError: the destination cannot take it; nothing is left there.
        Cancelled: stopped on request; nothing is left there.
    """
    workspace = project.workspace
    try:
        result = write_export(
            chosen,
            workspace.images,
            out,
            _record(project, vocabulary, predictions, chosen, command),
            progress=lambda done, total: report.tell(STEP, done, total),
            cancelled=lambda: report.cancelled,
        )
    except ExportCancelled as error:
        raise Cancelled from error
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    kept = workspace.runs / f"{stamp}-{safe_file_name(out.name)}"
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("manifest.json", "report.txt"):
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
    )


def _record(
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    chosen: Plan,
    command: Sequence[str] | None,
) -> RunRecord:
    encoder = project.encoder
    ids = project.pool().ids
    labels = {
        ids[row]: predictions.names[predictions.human[row]]
        for row in np.flatnonzero(predictions.human >= 0)
    }
    caveats = [_CAVEAT_PROMPT if predictions.model == "prompt" else _CAVEAT_MODEL]
    if encoder.spec == "starter":
        caveats.append(_CAVEAT_STARTER)
    if predictions.outside:
        caveats.append(
            f"{predictions.outside} labels name classes that are not in the vocabulary "
            "and took no part."
        )
    return RunRecord(
        model_spec=encoder.spec,
        model_title=encoder.title,
        model_identity=encoder.identity,
        device=encoder.device,
        prompts=vocabulary.prompts(),
        labels_digest=labels_digest(labels) if labels else None,
        label_count=len(labels),
        seed=chosen.options.seed,
        images_root=str(project.workspace.images),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        options={"refined": bool(predictions.log)},
        metrics=None,
        caveats=caveats,
        command=list(command) if command else None,
    )


_CAVEAT_PROMPT = (
    "All classes were decided from prompts alone, without a single label: "
    "probabilities are not calibrated and accuracy was not measured."
)
_CAVEAT_MODEL = (
    "Probabilities are not calibrated; compare with a truth file before relying on them."
)
_CAVEAT_STARTER = (
    "The starter model is meant for a first look; a larger OpenCLIP model is more accurate."
)
