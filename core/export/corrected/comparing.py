"""What people changed in an export: its images as they lie now against its record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.export.corrected.looking import Seen
from core.export.corrected.places import Place, Places
from core.export.names import fold

MOST_LISTED = 1_000
"""Paths that are kept of each kind that is listed."""


@dataclass(frozen=True)
class Changes:
    """What is different in an export, image by image (content id).

    Attributes:
        labels: id → class, of images that lie in another class folder than they were written to, or
            came there from review/.
        placed: id → class, of all images that lie in one class folder and no other.
        paths: id → original path of each image of the export, relative to the image folder.
        deleted: ids of images that lie nowhere in the export now.
        conflicts: id → classes, of images that lie in the folders of several.
        renamed: files under another name in the folder that they were written to.
        folders: folder that stands for no class → files in it that the export held.
        strangers: files that the export did not hold, relative to it, at most `MOST_LISTED`.
        stranger_count: how many there are.
        to_review: images that were moved from a class folder into review/.
    """

    labels: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    conflicts: dict[str, list[str]] = field(default_factory=dict)
    renamed: int = 0
    folders: dict[str, int] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    stranger_count: int = 0
    to_review: int = 0

    @property
    def moved(self) -> int:
        """Images with another class than they were written with."""
        return len(self.labels)

    @property
    def unknown(self) -> int:
        """Files that give no label: in folders that stand for no class, or not of this export."""
        return sum(self.folders.values()) + self.stranger_count


@dataclass(frozen=True)
class _Written:
    """An image as the record has it: its class, and whether all its files were in review/."""

    label: str
    review: bool


def compare(manifest: Mapping[str, Any], places: Places, seen: Iterable[Seen]) -> Changes:
    """Compare the record of an export with what lies there now.

    An image is moved where all its files in class folders are of one class, which is not the one it
    was written with. Where they are of several, nobody can say which is meant: that is a conflict
    and gives no label. Files in review/ and in unknown folders say nothing.

    Args:
        manifest: from `load_manifest`.
        seen: from `look`.
    """
    written, paths, files = _written(manifest)
    there: dict[str, list[tuple[str, Place]]] = defaultdict(list)
    strangers: list[str] = []
    for file in seen:
        if file.id is None:
            strangers.append(file.path)
        else:
            there[file.id].append((file.path, places.of(file.path)))
    result = Changes(
        paths=paths,
        deleted=[image for image in written if image not in there],
        renamed=_renamed(files, there),
        folders=_unknown_folders(there.values()),
        strangers=strangers[:MOST_LISTED],
        stranger_count=len(strangers),
        to_review=sum(
            not written[image].review and all(place.review for _, place in lying)
            for image, lying in there.items()
        ),
    )
    for image, lying in there.items():
        _judge(image, written[image], [place for _, place in lying], result)
    return result


def _judge(image: str, before: _Written, lying: list[Place], result: Changes) -> None:
    """Put one image where it belongs: moved, in conflict, or as it was."""
    labels = dict.fromkeys(place.label for place in lying if place.label is not None)
    if len(labels) > 1:
        result.conflicts[image] = [label for label in labels if label is not None]
        return
    for label in labels:
        assert label is not None
        result.placed[image] = label
        if before.review or label != before.label:
            result.labels[image] = label


def _written(
    manifest: Mapping[str, Any],
) -> tuple[dict[str, _Written], dict[str, str], dict[str, set[str]]]:
    """The images that were written as files; their paths; their files in the export."""
    written: dict[str, _Written] = {}
    paths: dict[str, str] = {}
    files: dict[str, set[str]] = defaultdict(set)
    for entry in manifest["files"]:
        if not entry["file"]:
            continue
        image = entry["id"]
        before = written.get(image)
        review = entry["review"] and (before is None or before.review)
        written[image] = _Written(entry["class"], review)
        paths.setdefault(image, entry["path"])
        files[image].add(fold(entry["file"]))
    return written, paths, files


def _renamed(files: Mapping[str, set[str]], there: Mapping[str, list[tuple[str, Place]]]) -> int:
    """Files that lie under a new name in a folder in which their image was written."""
    count = 0
    for image, lying in there.items():
        places = [fold(path) for path, _ in lying]
        gone = Counter(path.rpartition("/")[0] for path in files[image].difference(places))
        new = Counter(path.rpartition("/")[0] for path in set(places) - files[image])
        count += (gone & new).total()
    return count


def _unknown_folders(images: Iterable[list[tuple[str, Place]]]) -> dict[str, int]:
    folders = Counter(place.folder for lying in images for _, place in lying if place.is_unknown)
    return dict(folders.most_common())
