"""Tables of an export: images.csv, images.parquet, splits.csv, rejected.csv, coco.json."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from core.export.layout import Layout
from core.export.plan import PlanItem
from core.export.record.frame import parts
from core.export.record.jsonfile import rounded, write_json
from core.export.record.run import Outcome

REJECTED = "rejected.csv"
SPLITS_TABLE = "splits.csv"
_SCORE = "score_"
_COLUMNS = (
    "path",
    "file",
    "id",
    "class",
    "probability",
    "margin",
    "source",
    "split",
    "group",
    "review",
    "review_reason",
    "flags",
    "width",
    "height",
    "size",
    "scores",
)


def write_images_csv(path: Path, outcome: Outcome, layout: Layout) -> None:
    """One row an image with the columns of metadata.json; flags are separated by spaces, scores
    are columns named score_<class>.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("wb") as file:
        for number, part in enumerate(_flat(outcome, layout)):
            file.write(part.write_csv(include_header=not number).encode())


def write_images_parquet(path: Path, outcome: Outcome, layout: Layout) -> None:
    """The same rows as images.csv, typed.

    Raises:
        OSError: the file cannot be written.
    """
    import pyarrow.parquet as pq

    writer = None
    try:
        for part in _flat(outcome, layout):
            table = part.to_arrow()
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def write_splits(path: Path, outcome: Outcome, layout: Layout) -> None:
    """Write path, file, class, split and group of every image that is in a split.

    Raises:
        OSError: the file cannot be written.
    """
    rows = (
        (i.assignment.path, layout.file(i), i.assignment.label, i.split, i.assignment.group)
        for i in outcome.items
        if i.split is not None
    )
    _write_csv(path, ("path", "file", "class", "split", "group"), rows)


def write_rejected(path: Path, outcome: Outcome) -> None:
    """Write path and reason of every image that is not in the export.

    Raises:
        OSError: the file cannot be written.
    """
    rows = ((entry.path, entry.reason) for entry in outcome.rejected)
    _write_csv(path, ("path", "reason"), rows)


def write_coco(path: Path, outcome: Outcome, layout: Layout) -> None:
    """Write COCO's JSON: images, categories, and an annotation over the whole of each image.

    COCO has no form for the class of an image, so the annotation's box is the image; its area is 0
    where the size is unknown. ``file_name`` is the file in the export, or the original path when
    the export has no files. Images in review/ have no annotation, because nobody vouches for one.

    Raises:
        OSError: the file cannot be written.
    """
    numbers = {name: number for number, name in enumerate(outcome.plan.folders, start=1)}
    write_json(
        path,
        {
            "info": {"description": "Written by Winnow: one class an image."},
            "categories": [{"id": n, "name": name} for name, n in numbers.items()],
            "images": (
                {
                    "id": number,
                    "file_name": layout.file(item) or item.assignment.path,
                    "width": item.assignment.width or 0,
                    "height": item.assignment.height or 0,
                    "path": item.assignment.path,
                    "split": item.split,
                    "review": item.review,
                }
                for number, item in enumerate(outcome.items, start=1)
            ),
            "annotations": _annotations(outcome.items, numbers),
        },
    )


def _annotations(items: Iterable[PlanItem], numbers: dict[str, int]) -> Iterator[dict[str, object]]:
    for number, item in enumerate(items, start=1):
        if item.review:
            continue
        assignment = item.assignment
        width, height = assignment.width or 0, assignment.height or 0
        yield {
            "id": number,
            "image_id": number,
            "category_id": numbers[assignment.label],
            "bbox": [0, 0, width, height],
            "area": width * height,
            "iscrowd": 0,
            "score": rounded(assignment.probability),
            "source": assignment.source,
        }


def _flat(outcome: Outcome, layout: Layout) -> Iterator[pl.DataFrame]:
    for frame in parts(outcome, layout, _COLUMNS):
        scores = frame["scores"].struct.unnest()
        flags = pl.col("flags").list.join(" ")
        yield (
            frame.drop("scores")
            .with_columns(flags)
            .hstack(scores.rename(lambda name: _SCORE + name))
        )


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
