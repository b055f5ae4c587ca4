"""Class folders: CLASS/FILE, and splits/SPLIT/CLASS/FILE where there are splits.

Classes that stand in groups lie in the groups' folders, GROUP/CLASS/FILE, and what is only known to
be in a group in GROUP/unsure/FILE. Splits are for programs that learn, and stay flat.
"""

from collections.abc import Iterable

from core.export.formats.base import ExportFormat
from core.export.layout import Tree
from core.export.plan import REVIEW_FOLDER, SPLITS_FOLDER, Plan, PlanItem
from core.export.readers.known import TORCHVISION
from core.export.splits import splits_of

_NAMED = 5  # classes without an image that are named


class _ClassFolders(Tree):
    """The class folders, and the same once more below splits/."""

    def __init__(self, plan: Plan) -> None:
        self._classes = list(plan.folders.values())
        self._splits = splits_of(plan.options.splits)
        self._place = plan.place

    def places(self, item: PlanItem) -> list[str]:
        """The file in its class folder, and its repetition where it is in a split."""
        first, second = self._place(item), item.split_target
        return [first] if second is None else [first, second]

    def folders(self, items: Iterable[PlanItem]) -> set[str]:
        """Every class in every split that has a share: ImageFolder numbers the classes of each by
        its folders, and train and val must give one numbering."""
        return {f"{SPLITS_FOLDER}/{split}/{n}" for split in self._splits for n in self._classes}


def _notes(plan: Plan) -> list[str]:
    """What to know of folders that are no classes, and of those without an image."""
    has_splits = plan.options.splits is not None
    others = [REVIEW_FOLDER] if plan.review else []
    others += [SPLITS_FOLDER] if has_splits else []
    notes = []
    if others:
        better = f"point them at {SPLITS_FOLDER}/train" if has_splits else "move it elsewhere first"
        notes.append(
            f"Programs that take every folder for a class, such as torchvision's ImageFolder, "
            f"would take {' and '.join(f'{name}/' for name in others)} for one too: {better}."
        )
    if plan.nested:
        better = f"point them at {SPLITS_FOLDER}/train" if has_splits else "write splits too"
        notes.append(
            "Groups of classes are folders of folders, which programs such as ImageFolder take for "
            f"one class each: {better}."
        )
    empty = _empty_somewhere(plan)
    if empty:
        notes.append(
            f"Without an image in some split: {', '.join(map(repr, empty[:_NAMED]))}"
            f"{' and more' if len(empty) > _NAMED else ''}. Every split has a folder for them, so "
            "that classes keep their numbers; open it with ImageFolder(…, allow_empty=True)."
        )
    return notes


def _empty_somewhere(plan: Plan) -> list[str]:
    """Classes that have an empty folder in some split."""
    filled = {(item.assignment.label, item.split) for item in plan.items}
    splits = splits_of(plan.options.splits)
    return [name for name in plan.folders if any((name, split) not in filled for split in splits)]


FORMAT = ExportFormat(
    name="folders",
    title="Class folders",
    order=10,
    reader=TORCHVISION,
    notes=_notes,
    tree=_ClassFolders,
)
