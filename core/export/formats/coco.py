"""COCO's JSON: coco.json with one class an image.

COCO has no form for the class of an image, so each annotation's box is the whole image. Source: the
data format of the COCO data sets (cocodataset.org).
"""

from collections.abc import Iterable, Iterator

from core.export.formats.base import ExportFormat, Job
from core.export.plan import PlanItem
from core.export.record.jsonfile import rounded, write_json

_FILE = "coco.json"


def _write(job: Job) -> None:
    """Write images, categories and annotations.

    The area of an annotation is 0 where the size is unknown. ``file_name`` is the file in the
    export, or the original path when the export has no files. Images in review/ have no annotation,
    because nobody vouches for one.
    """
    outcome = job.outcome
    numbers = {name: number for number, name in enumerate(outcome.plan.folders, start=1)}
    write_json(
        job.folder / _FILE,
        {
            "info": {"description": "Written by Winnow: one class an image."},
            "categories": [{"id": n, "name": name} for name, n in numbers.items()],
            "images": _images(job),
            "annotations": _annotations(outcome.items, numbers),
        },
    )


def _images(job: Job) -> Iterator[dict[str, object]]:
    for number, item in enumerate(job.outcome.items, start=1):
        yield {
            "id": number,
            "file_name": job.layout.file(item) or item.assignment.path,
            "width": item.assignment.width or 0,
            "height": item.assignment.height or 0,
            "path": item.assignment.path,
            "split": item.split,
            "review": item.review,
        }


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


FORMAT = ExportFormat(
    name="coco",
    title="COCO-style JSON",
    order=50,
    own_names=frozenset({_FILE}),
    write=_write,
)
