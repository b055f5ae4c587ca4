"""Parquet: images.parquet, the rows of images.csv with their types."""

from core.export.formats.base import ExportFormat, Job
from core.export.record.frame import flat_parts

_FILE = "images.parquet"


def _write(job: Job) -> None:
    """Write the table, a part at a time."""
    # Arrow costs the command line a tenth of a second to start, so it waits until it is needed.
    import pyarrow.parquet as pq

    with (job.folder / _FILE).open("wb") as file:  # opened here: the path need not be UTF-8
        writer = None
        try:
            for part in flat_parts(job.outcome, job.layout):
                table = part.to_arrow()
                writer = writer or pq.ParquetWriter(file, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()


FORMAT = ExportFormat(
    name="parquet",
    title="Parquet",
    order=70,
    own_names=frozenset({_FILE}),
    write=_write,
)
