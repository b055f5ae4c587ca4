"""CSV: images.csv, one row an image with the columns of metadata.json."""

from core.export.formats.base import ExportFormat, Job
from core.export.record.frame import flat_parts
from core.store.spreadsheets import safe_frame

_FILE = "images.csv"


def _write(job: Job) -> None:
    """Write the table; flags are separated by spaces, scores are columns named score_<class>."""
    with (job.folder / _FILE).open("wb") as file:
        for number, part in enumerate(flat_parts(job.outcome, job.layout)):
            part = safe_frame(part) if job.outcome.plan.options.csv_safe else part
            file.write(part.write_csv(include_header=not number).encode())


FORMAT = ExportFormat(
    name="csv",
    title="CSV",
    order=60,
    own_names=frozenset({_FILE}),
    write=_write,
)
