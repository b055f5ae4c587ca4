"""Classified images into class folders: the same plan, writer and records as those of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from core.encoders.base import Encoder
from core.export.checks import check_options
from core.export.destination import check_destination
from core.export.options import ExportOptions, Mode
from core.export.plan import Assignment, Plan, Rejected
from core.export.planning import make_plan
from core.export.record.run import MODEL_FILE, RunRecord
from core.export.record.scores import ClassScores
from core.export.write import WriteResult
from core.export.write import write as write_export
from core.images.names import as_text
from core.learn.predictions import Source
from core.runtime.progress import Report
from core.services.sorter.classifying import Classified, digest_of
from core.services.sorter.results import rejected
from core.sorter.sorter import Sorter

__all__ = ["check_destination", "options", "plan", "write"]

_CAVEAT = (
    "Classes were decided by the model file {name}: how good it is was measured on the images it "
    "was made from, not on these."
)


def options(mode: Mode, review_below: float | None = None, csv_safe: bool = False) -> ExportOptions:
    """Options of class folders, checked.

    Raises:
        WinnowError: one of them makes no sense.
    """
    made = ExportOptions(mode=mode, review_below=review_below, csv_safe=csv_safe)
    check_options(made)
    return made


def plan(done: Classified, sorter: Sorter, options: ExportOptions) -> Plan:
    """Decide where every classified image goes."""
    seen: set[str] = set()
    assignments = list(_assignments(done, sorter, seen))
    paths = {assignment.path for assignment in assignments}
    refused = {path: why for path, why in rejected(done) if path not in paths}
    return make_plan(
        assignments, [Rejected(path, why) for path, why in refused.items()], done.names, options
    )


def write(
    done: Classified,
    sorter: Sorter,
    encoder: Encoder,
    plan: Plan,
    out: Path,
    report: Report,
    command: Sequence[str] | None = None,
) -> WriteResult:
    """Carry out a plan.

    Args:
        command: the command line; None from the app.

    Raises:
        WinnowError: the destination cannot take it; nothing is left there.
        Cancelled: stopped on request; nothing is left there.
    """
    record = _record(done, sorter, encoder, plan, command)
    return write_export(plan, done.folder, out, record, report)


def _assignments(done: Classified, sorter: Sorter, seen: set[str]) -> Iterator[Assignment]:
    columns = {name: column for column, name in enumerate(done.names)}
    source: Source = "prompt" if sorter.content.head.kind == "prompts" else "model"
    for frame in done.parts.frames():
        frame = frame.filter(pl.col("problem").is_null())
        scores = _probabilities(frame, len(done.names))
        margins, ratios = _leads(scores)
        for row, entry in enumerate(frame.iter_rows(named=True)):
            flags = ("exact-duplicate",) if entry["id"] in seen else ()
            seen.add(entry["id"])
            yield Assignment(
                id=entry["id"],
                path=entry["path"],
                label=done.names[entry["class"]],
                probability=entry["probability"],
                margin=margins[row],
                scores=ClassScores(columns, scores[row]),
                source=source,
                size=entry["size"],
                flags=flags,
                width=entry["width"],
                height=entry["height"],
                content=entry["format"],
                ratio=ratios[row],
            )


def _probabilities(frame: pl.DataFrame, count: int) -> np.ndarray:
    """(n, K) float32 of a part's rows."""
    if not len(frame):
        return np.empty((0, count), np.float32)
    return np.stack([frame[f"p{number}"].to_numpy() for number in range(count)], axis=1)


def _leads(probabilities: np.ndarray) -> tuple[list[float], list[float]]:
    """Lead of the most probable class over the second, and how many times as probable it is."""
    second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
    ratios = np.full(len(first), np.inf)
    np.divide(first, second, out=ratios, where=second != 0, casting="unsafe")
    return (first - second).tolist(), ratios.tolist()


def _record(
    done: Classified,
    sorter: Sorter,
    encoder: Encoder,
    plan: Plan,
    command: Sequence[str] | None,
) -> RunRecord:
    content, digest = sorter.content, hashlib.blake2b(digest_size=16)
    for frame in done.parts.frames():
        frame = frame.filter(pl.col("problem").is_null())
        digest.update(np.ascontiguousarray(_probabilities(frame, len(done.names)), "<f4").tobytes())
    return RunRecord(
        model_spec=encoder.spec,
        model_title=encoder.title,
        model_identity=encoder.identity,
        device=encoder.device,
        prompts={part.name: list(part.prompts) for part in content.classes},
        labels_digest=None,
        label_count=0,
        seed=plan.options.seed,
        images_root=as_text(str(done.folder)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        options={
            MODEL_FILE: {
                "name": content.name,
                "created": content.created,
                "head": content.head.kind,
                "digest": digest_of(sorter),
            }
        },
        caveats=[_CAVEAT.format(name=content.name)],
        command=list(command) if command else None,
        probabilities_digest=digest.hexdigest(),
        left_out=done.left_out,
    )
