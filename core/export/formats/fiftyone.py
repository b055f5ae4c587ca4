"""FiftyOne: fiftyone/data/ID.SUFFIX and labels.json, its image classification dataset.

``fo.Dataset.from_dir(folder, fo.types.FiftyOneImageClassificationDataset)`` reads it; with splits
there is such a folder a split. Files are called by their content ids, so what comes back from there
finds its images whatever they are called here. Source: FiftyOne's documentation of its formats.
"""

from collections import Counter

from core.export.formats.base import ExportFormat, Job
from core.export.formats.huggingface import SPLIT_NAMES
from core.export.layout import Tree
from core.export.names import split_suffix
from core.export.plan import Plan, PlanItem
from core.export.record.frame import encodable
from core.export.record.jsonfile import write_json

_ROOT = "fiftyone"


class _DataFolder(Tree):
    """One folder of images a split, or one for all."""

    def __init__(self, plan: Plan) -> None:
        self._names: dict[str, str] = {}
        copies: Counter[str] = Counter()
        for item in plan.items:  # exact duplicates are several files of one content
            content = item.assignment.id
            copies[content] += 1
            number = f"-{copies[content]}" if copies[content] > 1 else ""
            self._names[item.target] = content + number + split_suffix(item.target)[1]

    def places(self, item: PlanItem) -> list[str]:
        """The file in the data folder of its split."""
        return [f"{_folder(item)}/data/{self._names[item.target]}"]

    def key(self, item: PlanItem) -> str:
        """What labels.json calls an item: its file without the suffix."""
        return split_suffix(self._names[item.target])[0]


def _folder(item: PlanItem) -> str:
    return f"{_ROOT}/{SPLIT_NAMES[item.split]}" if item.split else _ROOT


def _write(job: Job) -> None:
    """Write labels.json of each folder: the classes, and the number of each image's."""
    tree = _DataFolder(job.outcome.plan)
    numbers = {name: number for number, name in enumerate(job.outcome.plan.folders)}
    classes = [encodable(name) for name in numbers]
    labels: dict[str, dict[str, int]] = {}
    for items in job.outcome.by_split().values():
        for item in items:
            own = labels.setdefault(_folder(item), {})
            own[tree.key(item)] = numbers[item.assignment.label]
    for folder, own in (labels or {_ROOT: {}}).items():
        (job.folder / folder).mkdir(parents=True, exist_ok=True)
        write_json(job.folder / folder / "labels.json", {"classes": classes, "labels": own})


FORMAT = ExportFormat(
    name="fiftyone",
    title="FiftyOne dataset",
    order=45,
    own_names=frozenset({_ROOT}),
    tree=_DataFolder,
    write=_write,
    by_class=False,
)
