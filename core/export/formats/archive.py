"""images.zip: the export in a single file, for downloads."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from core.export.plan import PlanItem
from core.export.record.run import Outcome


def write_zip(
    path: Path,
    outcome: Outcome,
    records: Sequence[Path],
    read: Callable[[PlanItem], bytes],
    step: Callable[[], None],
) -> None:
    """Write class folders, review/ and the records; ZIP64 where it takes that.

    Images are stored as they are, being compressed already; records are compressed. One image is
    in memory at a time. Names are the ones of the class folders and UTF-8.

    Args:
        records: files to put at the top.
        read: the content of an image.
        step: called after each image; may raise to stop.

    Raises:
        OSError: the file cannot be written.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for item in outcome.items:
            archive.writestr(_entry(item.target), read(item))
            step()
        for record in records:
            archive.write(record, record.name, zipfile.ZIP_DEFLATED)


def _entry(name: str) -> zipfile.ZipInfo:
    # The date stays 1980, so that equal exports give equal archives; the records tell the time.
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    return entry
