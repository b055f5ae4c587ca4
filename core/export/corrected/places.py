"""What each folder of an export stands for: a class, review, or nothing that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.export.formats import FORMATS, reserved_names
from core.export.names import RESERVED, fold
from core.export.plan import REVIEW_FOLDER
from core.runtime.errors import WinnowError

REVIEW = None
"""What a folder below review/ stands for: somebody is still to look."""


@dataclass(frozen=True)
class Place:
    """What the folder of a file stands for.

    Attributes:
        label: the class; None for review/ and for a folder that stands for nothing.
        review: it is review/ or lies below it.
        folder: as it is written in the export; "" for its top.
    """

    label: str | None
    review: bool
    folder: str

    @property
    def is_unknown(self) -> bool:
        """Whether the folder is neither a class nor review/."""
        return self.label is None and not self.review


class Places:
    """The folders of one export.

    An export may hold its images in several trees (class folders, splits, those of other programs).
    The first of them is where people correct; the others repeat it and are not read.
    """

    def __init__(self, manifest: Mapping[str, Any], classes: Mapping[str, str]) -> None:
        """
        Args:
            manifest: from `load_manifest`.
            classes: folder → class, of classes that came after the export.

        Raises:
            WinnowError: the export holds no image files in class folders.
        """
        files = [entry for entry in manifest["files"] if entry["file"]]
        flat = {name for part in FORMATS.values() if not part.by_class for name in part.own_names}
        if not files or any(_top(entry["file"]) in flat for entry in files):
            raise WinnowError(
                "This export holds no image files in class folders, so there is nothing to read "
                "back: export class folders (--format folders)."
            )
        self._labels: dict[str, str] = {}
        own = _folders(manifest)
        folders = {**classes, **own}
        folder_of = {label: name for name, label in own.items()}
        bases = {
            "" if entry["review"] else _base(entry["file"], folder_of.get(entry["class"], ""))
            for entry in files
        }
        for base in bases:
            for name, label in folders.items():
                self._labels.setdefault(fold(f"{base}{name}"), label)
        for entry in files:
            if not entry["review"]:
                folder = entry["file"].rpartition("/")[0]
                self._labels[fold(folder)] = entry["class"]
        trees = {fold(_top(base)) for base in bases}
        ours = {fold(name) for name in (*RESERVED, *reserved_names())}
        self._passed = ours - trees - {fold(REVIEW_FOLDER)}

    def is_read(self, name: str) -> bool:
        """Whether a file or folder at the top of the export is looked at."""
        return fold(name) not in self._passed

    def of(self, path: str) -> Place:
        """What the folder of a file stands for; a folder within a class folder is of that class.

        Args:
            path: relative to the export, with forward slashes.
        """
        folder = path.rpartition("/")[0]
        if fold(_top(folder)) == fold(REVIEW_FOLDER):
            return Place(REVIEW, True, folder)
        part = folder
        while part:
            label = self._labels.get(fold(part))
            if label is not None:
                return Place(label, False, folder)
            part = part.rpartition("/")[0]
        return Place(None, False, folder)


def _top(path: str) -> str:
    """The outermost part of a path."""
    return path.partition("/")[0]


def _base(place: str, folder: str) -> str:
    """What stands before the class folder of a file: "" or "huggingface/train/"."""
    own = place.rpartition("/")[0]
    if own == folder or (folder and own.endswith(f"/{folder}")):
        return own[: len(own) - len(folder)]
    return own[: own.rfind("/") + 1]


def _folders(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Folder → class, of all classes of an export."""
    folders = manifest.get("folders")
    if not isinstance(folders, Mapping):
        return {}
    return {
        name: label
        for label, name in folders.items()
        if isinstance(name, str) and isinstance(label, str)
    }
