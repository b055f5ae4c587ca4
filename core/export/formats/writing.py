"""Everything that is written beside the image files: further formats, records, the archive."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from core.export.files import READ, SourceProblem, content_of, pieces
from core.export.formats.archive import write_zip
from core.export.formats.huggingface import HF_PARQUET, write_hf_parquet, write_image_folder
from core.export.formats.tables import (
    REJECTED,
    SPLITS_TABLE,
    write_coco,
    write_images_csv,
    write_images_parquet,
    write_rejected,
    write_splits,
)
from core.export.layout import HUGGINGFACE, Layout
from core.export.plan import PlanItem
from core.export.record.manifest import write_manifest, write_metadata
from core.export.record.run import MANIFEST, METADATA, Outcome, RunRecord
from core.export.report.html import REPORT_HTML, write_html
from core.export.report.text import REPORT, write_report
from core.runtime.errors import WinnowError

COCO, CSV, PARQUET, ZIP = "coco.json", "images.csv", "images.parquet", "images.zip"


def write_formats(
    folder: Path,
    images: Path,
    outcome: Outcome,
    record: RunRecord,
    layout: Layout,
    step: Callable[[], None],
) -> None:
    """Write the formats that are no trees, then the records, of which the manifest is the last.

    Args:
        folder: the unfinished export; the trees of images are in it already.
        images: the image folder.
        step: called for each image that an archive takes; may raise to stop.

    Raises:
        OSError: a file cannot be written.
        WinnowError: an original changed since it was checked a moment ago.
    """
    formats = outcome.plan.options.formats

    def read(item: PlanItem) -> bytes:
        place = layout.file(item)
        return _content(folder / place if place else images / item.assignment.path, item)

    if HUGGINGFACE in formats:
        write_image_folder(folder, outcome, layout)
    if HF_PARQUET in formats:
        write_hf_parquet(folder, outcome, read, step)
    if "coco" in formats:
        write_coco(folder / COCO, outcome, layout)
    if "csv" in formats:
        write_images_csv(folder / CSV, outcome, layout)
    if "parquet" in formats:
        write_images_parquet(folder / PARQUET, outcome, layout)
    if outcome.plan.options.splits is not None:
        write_splits(folder / SPLITS_TABLE, outcome, layout)
    write_rejected(folder / REJECTED, outcome)
    write_metadata(folder / METADATA, outcome, layout)
    write_report(folder / REPORT, outcome, record)
    write_html(folder / REPORT_HTML, outcome, record, lambda item: _look(read, item))
    digests = {path.name: content_of(str(path)) for path in _files(folder)}
    write_manifest(folder / MANIFEST, outcome, record, layout, digests)
    if "zip" in formats:
        write_zip(folder / ZIP, outcome, list(_files(folder)), read, step)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_file() and path.name != ZIP)


def _look(read: Callable[[PlanItem], bytes], item: PlanItem) -> bytes | None:
    """The content of an image for the report, which does without it rather than fail."""
    try:
        return read(item)
    except WinnowError:
        return None


def _content(path: Path, item: PlanItem) -> bytes:
    try:
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
