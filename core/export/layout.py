"""Where each image file of an export lies: the trees of the formats, taken together."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.export.plan import PlanItem


class Tree(ABC):
    """How one format lays image files out. It is never asked about an item in review/."""

    @abstractmethod
    def places(self, item: PlanItem) -> list[str]:
        """Where an item lies, relative to the export, with forward slashes; may be empty."""

    def folders(self, items: Iterable[PlanItem]) -> set[str]:
        """Folders that must be there, when these items are written, even without an image."""
        return set()


class Layout:
    """The paths of every planned file in all trees of a plan."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        """
        Args:
            trees: in the order of their formats; empty when no format writes image files.
        """
        self._trees = trees

    def places(self, item: PlanItem) -> list[str]:
        """Where an item is written, relative to the export; the first is the file itself and the
        others repeat it. Images in review/ are in no training tree. Empty without a tree."""
        if item.review:
            return [item.target] if self._trees else []
        if len(self._trees) == 1:  # the usual case, asked for several times an image
            return self._trees[0].places(item)
        return [place for tree in self._trees for place in tree.places(item)]

    def file(self, item: PlanItem) -> str | None:
        """The first of an item's places, None without a tree."""
        places = self.places(item)
        return places[0] if places else None

    def split_file(self, item: PlanItem) -> str | None:
        """Where an item lies below splits/, None when it does not."""
        target = item.split_target
        return target if target is not None and target in self.places(item) else None

    def make_folders(self, items: Iterable[PlanItem], folder: Path) -> None:
        """Make the folders that the items need.

        Raises:
            OSError: one cannot be made.
        """
        items = list(items)
        needed = {place.rpartition("/")[0] for item in items for place in self.places(item)}
        for relative in sorted(needed | self._always(items)):
            (folder / relative).mkdir(parents=True, exist_ok=True)

    def drop_empty_folders(self, items: Iterable[PlanItem], folder: Path) -> None:
        """Remove folders all of whose images failed; loaders such as ImageFolder refuse them.

        Raises:
            OSError: one cannot be removed.
        """
        always = {str(folder / relative) for relative in self._always(list(items))}
        for place, _, _ in os.walk(folder, topdown=False):
            if place != str(folder) and place not in always and not any(Path(place).iterdir()):
                Path(place).rmdir()

    def _always(self, items: Sequence[PlanItem]) -> set[str]:
        return {relative for tree in self._trees for relative in tree.folders(items)}
