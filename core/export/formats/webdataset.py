"""WebDataset: webdataset/[SPLIT-]000000.tar, archives that training reads as a stream.

A sample is the run of members with one name up to its first dot: the image with its suffix in lower
case, ``.cls`` (the number of its class) and ``.json`` (class, path, id, …). Source: Aizman, Maltby
and Breuel, "High performance I/O for large scale deep learning" (2019), and the documentation of
`webdataset`. ``datasets.load_dataset(folder)`` reads it too, where all images have one suffix.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.export.formats.base import ExportFormat, Job
from core.export.formats.huggingface import write_card
from core.export.names import split_suffix
from core.export.plan import PlanItem
from core.export.readers.known import WEBDATASET
from core.export.record.jsonfile import plain, write_json
from core.export.report.text import printable

_ROOT = "webdataset"
_SHARD_BYTES = 500_000_000
_SHARD_IMAGES = 10_000
_OTHER_SUFFIX = "image"  # of a file without one, or with one that has a meaning of its own here
_MEANINGFUL = {"", "cls", "json"}


def _write(job: Job) -> None:
    """Write the shards of every split, the list of classes and that of the shards.

    Images in review/ are in no shard, because nobody vouches for their class.
    """
    root = job.folder / _ROOT
    root.mkdir()
    numbers = {label: number for number, label in enumerate(job.outcome.plan.folders)}
    has_splits = job.outcome.plan.options.splits is not None
    shards: list[dict[str, object]] = []
    patterns: dict[str, str] = {}
    first = 0
    for split, items in job.outcome.by_split().items():
        prefix = f"{split}-" if has_splits else ""
        patterns[split] = f"{prefix}*.tar"
        for index, shard in enumerate(_shards(items)):
            name = f"{prefix}{index:06d}.tar"
            _write_shard(root / name, shard, first, numbers, job)
            shards.append({"file": name, "split": split, "samples": len(shard)})
            first += len(shard)
    for _ in range(job.outcome.review):
        job.step()
    lines = "".join(f"{printable(label)}\n" for label in numbers)
    (root / "classes.txt").write_text(lines, "utf-8", "backslashreplace", newline="\n")
    write_json(root / "dataset.json", {"classes": list(numbers), "shards": shards})
    write_card(root, patterns)


def _shards(items: Sequence[PlanItem]) -> Iterator[list[PlanItem]]:
    """Items in their order, as many at a time as one archive takes."""
    shard: list[PlanItem] = []
    size = 0
    for item in items:
        full = len(shard) == _SHARD_IMAGES or size + item.assignment.size > _SHARD_BYTES
        if full and shard:
            yield shard
            shard, size = [], 0
        shard.append(item)
        size += item.assignment.size
    if shard:
        yield shard


def _write_shard(
    path: Path, items: Sequence[PlanItem], first: int, numbers: dict[str, int], job: Job
) -> None:
    """Write one archive, one image in memory at a time.

    Args:
        first: number of the first sample; samples are numbered through all shards, so that their
            keys are unique and free of the dots and slashes that an image's own name may have.
    """
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for key, item in enumerate(items, start=first):
            number = numbers[item.assignment.label]
            _add(archive, key, _suffix(item), job.read(item))
            _add(archive, key, "cls", str(number).encode())
            _add(archive, key, "json", _metadata(item))
            job.step()


def _add(archive: tarfile.TarFile, key: int, suffix: str, data: bytes) -> None:
    # Time and owner stay zero, so that equal exports give equal archives.
    member = tarfile.TarInfo(f"{key:09d}.{suffix}")
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _suffix(item: PlanItem) -> str:
    suffix = split_suffix(item.target)[1].lstrip(".").lower()
    return _OTHER_SUFFIX if suffix in _MEANINGFUL else suffix


def _metadata(item: PlanItem) -> bytes:
    assignment = item.assignment
    values = {
        "class": assignment.label,
        "group": assignment.group,
        "height": assignment.height,
        "id": assignment.id,
        "path": assignment.path,
        "probability": assignment.probability,
        "source": assignment.source,
        "split": item.split,
        "width": assignment.width,
    }
    return json.dumps(plain(values), sort_keys=True).encode()


FORMAT = ExportFormat(
    name="webdataset",
    title="WebDataset",
    order=90,
    reader=WEBDATASET,
    own_names=frozenset({_ROOT}),
    write=_write,
    holds_images=True,
)
