"""ZIP archive: images.zip, the export in a single file, for downloads."""

import shutil
import zipfile

from core.export.formats.base import ExportFormat, Job
from core.export.readers.known import TORCHVISION

_FILE = "images.zip"


def _write(job: Job) -> None:
    """Write class folders, review/ and the records; ZIP64 where it takes that.

    Images are stored as they are, being compressed already; records are compressed. One image is
    in memory at a time. Names are the ones of the class folders and UTF-8.
    """
    with zipfile.ZipFile(job.folder / _FILE, "w", zipfile.ZIP_STORED) as archive:
        for item in job.outcome.items:
            archive.writestr(_entry(job.outcome.plan.place(item)), job.read(item))
            job.step()
        for record in job.records:
            entry = _entry(record.name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = record.stat().st_size  # so that it is known whether ZIP64 is needed
            with record.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)


def _entry(name: str) -> zipfile.ZipInfo:
    # The date stays 1980, so that equal exports give equal archives; the records tell the time.
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    return entry


FORMAT = ExportFormat(
    name="zip",
    title="ZIP archive",
    order=80,
    reader=TORCHVISION,
    own_names=frozenset({_FILE}),
    write=_write,
    holds_images=True,
    holds_records=True,
)
