"""Hugging Face Parquet: hf-parquet/data/SPLIT-00000-of-00001.parquet with the images inside.

``datasets.load_dataset(folder)`` reads it without a network. The label is a number; the names of
the classes are in the file, where `datasets` finds them. Source: the documentation of `datasets`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.export.formats.base import ExportFormat, Job
from core.export.formats.huggingface import SPLIT_NAMES, write_card
from core.export.plan import PlanItem
from core.export.record.frame import encodable
from core.export.record.jsonfile import rounded

_ROOT = "hf-parquet"
_SHARD_BYTES = 500_000_000  # what the Hub advises
_GROUP_BYTES = 32_000_000  # images kept in memory before they are written


def _write(job: Job) -> None:
    """Write the shards of every split and the README.md that names the splits."""
    root = job.folder / _ROOT
    (root / "data").mkdir(parents=True, exist_ok=True)
    by_split = job.outcome.by_split()
    for split, items in by_split.items():
        shards = _shards(items)
        for number, shard in enumerate(shards):
            name = f"{SPLIT_NAMES[split]}-{number:05d}-of-{len(shards):05d}.parquet"
            _write_shard(root / "data" / name, shard, job)
    for _ in range(job.outcome.review):  # in no split, but counted
        job.step()
    write_card(root, {split: f"data/{SPLIT_NAMES[split]}-*" for split in by_split})


def _shards(items: Sequence[PlanItem]) -> list[list[PlanItem]]:
    shards: list[list[PlanItem]] = [[]]
    size = 0
    for item in items:
        if size + item.assignment.size > _SHARD_BYTES and shards[-1]:
            shards.append([])
            size = 0
        shards[-1].append(item)
        size += item.assignment.size
    return shards


def _write_shard(path: Path, items: Sequence[PlanItem], job: Job) -> None:
    # Arrow costs the command line a tenth of a second to start, so it waits until it is needed.
    import pyarrow as pa
    import pyarrow.parquet as pq

    classes = list(job.outcome.plan.folders)
    schema = _schema(classes)
    numbers = {name: number for number, name in enumerate(classes)}
    # The images are compressed already.
    # Opened here: the path need not be UTF-8.
    with path.open("wb") as file, pq.ParquetWriter(file, schema, compression="none") as writer:
        for rows in _groups(items, numbers, job):
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _groups(
    items: Sequence[PlanItem], numbers: Mapping[str, int], job: Job
) -> Iterator[list[dict[str, Any]]]:
    """Rows with their images, as many at a time as memory is to hold."""
    rows: list[dict[str, Any]] = []
    size = 0
    for item in items:
        assignment = item.assignment
        data = job.read(item)
        rows.append(
            {
                "image": {"bytes": data, "path": item.target.rpartition("/")[2]},
                "label": numbers[assignment.label],
                "probability": rounded(assignment.probability),
                "source": assignment.source,
                "path": encodable(assignment.path),
                "id": assignment.id,
            }
        )
        size += len(data)
        job.step()
        if size >= _GROUP_BYTES:
            yield rows
            rows, size = [], 0
    yield rows


def _schema(classes: Sequence[str]) -> Any:
    """The Arrow schema, with the features as `datasets` keeps them in its metadata."""
    import pyarrow as pa

    names = [encodable(name) for name in classes]
    text = {"dtype": "string", "_type": "Value"}
    features = {
        "image": {"_type": "Image"},
        "label": {"names": names, "_type": "ClassLabel"},
        "probability": {"dtype": "float64", "_type": "Value"},
        "source": text,
        "path": text,
        "id": text,
    }
    return pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("label", pa.int64()),
            ("probability", pa.float64()),
            ("source", pa.string()),
            ("path", pa.string()),
            ("id", pa.string()),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


FORMAT = ExportFormat(
    name="hf-parquet",
    title="Hugging Face Parquet",
    order=40,
    own_names=frozenset({_ROOT}),
    write=_write,
    holds_images=True,
)
