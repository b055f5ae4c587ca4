"""YOLO classification: yolo/SPLIT/CLASS/FILE, as Ultralytics reads it.

It wants ``train/<class>/``, ``val/<class>/`` and, where there is one, ``test/<class>/``. It numbers
the classes of each split by the sorted names of its folders, so every split gets a folder for every
class, also an empty one. Source: Ultralytics' documentation of classification data sets.
"""

from collections.abc import Iterable

from core.export.formats.base import ExportFormat
from core.export.layout import Tree
from core.export.options import ExportOptions
from core.export.plan import Plan, PlanItem
from core.export.readers.known import ULTRALYTICS
from core.export.splits import splits_of
from core.runtime.errors import WinnowError

_ROOT = "yolo"


class _YoloFolders(Tree):
    """A folder a split, and in each a folder a class."""

    def __init__(self, plan: Plan) -> None:
        self._splits = splits_of(plan.options.splits)
        self._classes = list(plan.folders.values())

    def places(self, item: PlanItem) -> list[str]:
        """The file below its split; none without one."""
        return [f"{_ROOT}/{item.split}/{item.target}"] if item.split is not None else []

    def folders(self, items: Iterable[PlanItem]) -> set[str]:
        """Every class in every split that has a share."""
        return {f"{_ROOT}/{split}/{name}" for split in self._splits for name in self._classes}


def _check(options: ExportOptions) -> None:
    if options.splits is None or min(options.splits[:2]) == 0:
        raise WinnowError(
            "The format yolo needs images in train and val; add for example --splits 0.8,0.2,0."
        )


FORMAT = ExportFormat(
    name="yolo",
    title="YOLO classification",
    order=20,
    reader=ULTRALYTICS,
    own_names=frozenset({_ROOT}),
    check=_check,
    tree=_YoloFolders,
)
