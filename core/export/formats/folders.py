"""Class folders: CLASS/FILE, and splits/SPLIT/CLASS/FILE where there are splits."""

from core.export.formats.base import ExportFormat
from core.export.layout import Tree
from core.export.plan import REVIEW_FOLDER, SPLITS_FOLDER, Plan, PlanItem


class _ClassFolders(Tree):
    """The class folders, and the same once more below splits/."""

    def places(self, item: PlanItem) -> list[str]:
        """The file in its class folder, and its repetition where it is in a split."""
        second = item.split_target
        return [item.target] if second is None else [item.target, second]


def _notes(plan: Plan) -> list[str]:
    """What to know of folders that are no classes."""
    has_splits = plan.options.splits is not None
    others = [REVIEW_FOLDER] if plan.review else []
    others += [SPLITS_FOLDER] if has_splits else []
    if not others:
        return []
    better = f"point them at {SPLITS_FOLDER}/train" if has_splits else "move it elsewhere first"
    return [
        f"Programs that take every folder for a class, such as torchvision's ImageFolder, "
        f"would take {' and '.join(f'{name}/' for name in others)} for one too: {better}."
    ]


FORMAT = ExportFormat(
    name="folders",
    title="Class folders",
    order=10,
    notes=_notes,
    tree=lambda plan: _ClassFolders(),
)
