"""What is written beside the image files: the formats' own files, the records, the reports."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.export.elsewhere.fetching import original
from core.export.files import READ, SourceProblem, content_of, pieces
from core.export.formats import formats_of
from core.export.formats.base import Job
from core.export.layout import Layout
from core.export.plan import PlanItem
from core.export.readers.converting import converted
from core.export.record.lists import REJECTED, SPLITS_TABLE, write_rejected, write_splits
from core.export.record.manifest import write_manifest, write_metadata
from core.export.record.run import MANIFEST, METADATA, Outcome, RunRecord
from core.export.report.html import REPORT_HTML, write_html
from core.export.report.text import REPORT, write_report
from core.images.names import located
from core.runtime.errors import WinnowError


def write_documents(
    folder: Path,
    images: Path,
    outcome: Outcome,
    record: RunRecord,
    layout: Layout,
    step: Callable[[], None],
) -> None:
    """Let the formats write themselves, then the records, of which the manifest is the last.

    Args:
        folder: the unfinished export; the image files are in it already.
        images: the image folder.
        step: see `Job`.

    Raises:
        OSError: a file cannot be written.
        WinnowError: an original changed since it was checked a moment ago.
        Cancelled: somebody asked to stop.
    """

    def read(item: PlanItem) -> bytes:
        place = layout.file(item)
        if item.convert is None:
            return _content(
                folder / place if place else located(images, item.assignment.path), item
            )
        if place:
            return (folder / place).read_bytes()  # written a moment ago
        data = _content(located(images, item.assignment.path), item)
        return _converted(data, item.assignment.path, item.convert)

    job = Job(folder, outcome, layout, read, step)
    formats = formats_of(outcome.plan.options)
    for part in formats:
        if not part.holds_records:
            part.write(job)
    _write_records(job, record)
    complete = replace(job, records=_files(folder))
    for part in formats:
        if part.holds_records:
            part.write(complete)


def _write_records(job: Job, record: RunRecord) -> None:
    folder, outcome, layout = job.folder, job.outcome, job.layout
    if outcome.plan.options.splits is not None:
        write_splits(folder / SPLITS_TABLE, outcome, layout)
    write_rejected(folder / REJECTED, outcome)
    write_metadata(folder / METADATA, outcome, layout)
    write_report(folder / REPORT, outcome, record)
    write_html(folder / REPORT_HTML, outcome, record, lambda item: _look(job.read, item))
    digests = {path.name: content_of(str(path)) for path in _files(folder)}
    write_manifest(folder / MANIFEST, outcome, record, layout, digests)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file()]


def _look(read: Callable[[PlanItem], bytes], item: PlanItem) -> bytes | None:
    """The content of an image for the report, which does without it rather than fail."""
    try:
        return read(item)
    except WinnowError:
        return None


def _converted(data: bytes, path: str, target: str) -> bytes:
    try:
        return converted(data, path, target)
    except SourceProblem as problem:
        raise WinnowError(
            f"{path!r}: {problem}; leave it out, or run without conversion."
        ) from None


def _content(path: Path, item: PlanItem) -> bytes:
    try:
        if (remote := original(path, item.assignment.id)) is not None:
            return remote
        descriptor = os.open(path, READ)
        try:
            data = b"".join(pieces(descriptor))
        finally:
            os.close(descriptor)
    except (OSError, SourceProblem):
        data = b""
    if len(data) != item.assignment.size:
        raise WinnowError(
            f"{item.assignment.path!r} changed while the export was written; "
            "let nothing write to the image folder and run again."
        )
    return data
