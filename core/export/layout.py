"""The trees of an export: where each image lies in class folders, YOLO's and Hugging Face's form.

YOLO classification (Ultralytics) wants ``train/<class>/``, ``val/<class>/`` and, where there is
one, ``test/<class>/``. It numbers the classes of each split by the sorted names of its folders, so
every split gets a folder for every class, also an empty one. Hugging Face's ``imagefolder`` takes
the label from ``metadata.csv``; the folders there are for people.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.export.names import fold
from core.export.options import Format
from core.export.plan import Plan, PlanItem
from core.export.splits import SPLITS

YOLO = "yolo"
HUGGINGFACE = "huggingface"


class Layout:
    """The paths of every planned file in the trees of a plan's formats."""

    def __init__(self, plan: Plan) -> None:
        self._formats: tuple[Format, ...] = plan.options.formats
        self._only_folders = plan.options.has_tree and not set(self._formats) & {YOLO, HUGGINGFACE}
        self._has_tree = plan.options.has_tree
        self._hf_folders = _without_special(plan.folders.values())
        shares = plan.options.splits or (1.0, 0.0, 0.0)
        self._splits = [name for name, share in zip(SPLITS, shares, strict=True) if share > 0]

    def places(self, item: PlanItem) -> list[str]:
        """Where an item is written, relative to the export; the first is the file itself and the
        others repeat it. Images in review/ are in no training tree. Empty without a tree."""
        if item.review:
            return [item.target] if self._has_tree else []
        if item.split is None and self._only_folders:  # the usual case, asked for several times
            return [item.target]
        found = []
        if "folders" in self._formats:
            found.append(item.target)
            if item.split_target is not None:
                found.append(item.split_target)
        if YOLO in self._formats and item.split is not None:
            found.append(f"{YOLO}/{item.split}/{item.target}")
        if HUGGINGFACE in self._formats:
            found.append(self.huggingface(item))
        return found

    def file(self, item: PlanItem) -> str | None:
        """The first of an item's places, None without a tree."""
        places = self.places(item)
        return places[0] if places else None

    def split_file(self, item: PlanItem) -> str | None:
        """Where an item lies below splits/, None when it does not."""
        return item.split_target if "folders" in self._formats else None

    def huggingface(self, item: PlanItem) -> str:
        """Where an item lies in the Hugging Face tree; without splits everything is in train."""
        folder, _, name = item.target.rpartition("/")
        return f"{HUGGINGFACE}/{item.split or 'train'}/{self._hf_folders[folder]}/{name}"

    def make_folders(self, items: Iterable[PlanItem], folder: Path) -> None:
        """Make the folders that the items need."""
        items = list(items)
        needed = {place.rpartition("/")[0] for item in items for place in self.places(item)}
        for relative in sorted(needed | self._yolo_folders(items)):
            (folder / relative).mkdir(parents=True, exist_ok=True)

    def drop_empty_folders(self, items: Iterable[PlanItem], folder: Path) -> None:
        """Remove folders all of whose images failed; loaders such as ImageFolder refuse them."""
        kept = {str(folder / relative) for relative in self._yolo_folders(items)}
        for place, _, _ in os.walk(folder, topdown=False):
            if place != str(folder) and place not in kept and not any(Path(place).iterdir()):
                Path(place).rmdir()

    def _yolo_folders(self, items: Iterable[PlanItem]) -> set[str]:
        if YOLO not in self._formats:
            return set()
        classes = {item.target.rpartition("/")[0] for item in items if item.split is not None}
        return {f"{YOLO}/{split}/{name}" for split in self._splits for name in classes}


def _without_special(folders: Iterable[str]) -> dict[str, str]:
    """Class folders as `datasets` sees them: it passes over names that begin with "__"."""
    names: Sequence[str] = list(folders)
    taken = {fold(name) for name in names}
    result = {}
    for name in names:
        chosen = name
        number = 1
        while chosen.startswith("__") or (chosen != name and fold(chosen) in taken):
            chosen = f"class {name.strip('_')} {number}"
            number += 1
        taken.add(fold(chosen))
        result[name] = chosen
    return result
