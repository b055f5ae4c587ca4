"""The folders that images lie in: how many images each holds, and what their names say.

A level counts from the image folder: of "fruit/apple/1.jpg" level 1 is "fruit" and level 2 "apple".
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.project.snapshot import Snapshot
from core.runtime.spelling import Matcher, clean

MOST_LEVEL = 50
"""Levels that are looked at; no real folder is as deep."""


@dataclass(frozen=True)
class Node:
    """One folder.

    Attributes:
        path: relative, with "/" between folders.
        level: how deep it lies, from 1.
        images: in it and below it.
    """

    path: str
    level: int
    images: int

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Naming:
    """What the names of folders say of the classes.

    Attributes:
        level: the level that was looked at; None for the innermost folder that is a class.
        classes: class → images in folders with its name, the most first.
        respelled: name of a folder → the class that it counts as, where the two are spelled
            differently.
        outside: name → images in folders of that name, which is no class, the most first; "" for
            images that lie in no folder of the level.
    """

    level: int | None
    classes: dict[str, int]
    respelled: dict[str, str]
    outside: dict[str, int]

    @property
    def images(self) -> int:
        """Images whose folder is named as a class."""
        return sum(self.classes.values())

    @property
    def missed(self) -> int:
        """Images whose folder is not."""
        return sum(self.outside.values())


def counted(paths: Iterable[str]) -> dict[str, int]:
    """Folder → images that lie in it directly; "" for the image folder itself."""
    return dict(Counter(path.rpartition("/")[0] for path in paths))


def of_pool(snapshot: Snapshot) -> dict[str, int]:
    """`counted` of all files that can be worked with."""
    pool = snapshot.pool
    return snapshot.share("folders", pool.version, lambda: counted(pool.rows_by_path), keep=1)


def tree(folders: Mapping[str, int], most: int) -> tuple[list[Node], int]:
    """The folders in the order of a tree, and how many of them there are.

    Args:
        folders: from `counted`.
        most: more than these are not listed; then those of the upper levels are.
    """
    images: Counter[str] = Counter()
    for folder, count in folders.items():
        end = len(folder)
        while end > 0:
            images[folder[:end]] += count
            end = folder.rfind("/", 0, end)
    nodes = [Node(path, path.count("/") + 1, count) for path, count in images.items()]
    nodes.sort(key=lambda node: (node.level, node.path.split("/")))
    return sorted(nodes[:most], key=lambda node: node.path.split("/")), len(nodes)


def depth(folders: Mapping[str, int]) -> int:
    """The deepest level; 0 when all images lie in the image folder itself."""
    levels = (folder.count("/") + 1 for folder in folders if folder)
    return min(max(levels, default=0), MOST_LEVEL)


def inside(paths: Sequence[str], folder: str) -> range:
    """Where the images of a folder and of those below it stand in sorted paths."""
    if not folder:
        return range(len(paths))
    # "0" follows "/", so all paths below the folder lie between the two.
    return range(bisect_left(paths, f"{folder}/"), bisect_left(paths, f"{folder}0"))


def part(folder: str, level: int) -> str:
    """The name of a folder at a level, counted from the inside where negative; "" for none."""
    parts = folder.split("/") if folder else []
    place = level - 1 if level > 0 else len(parts) + level
    return clean(parts[place]) if 0 <= place < len(parts) else ""


def name_of(folder: str, level: int | None, class_of: Matcher) -> str | None:
    """The class that a folder names; None for none.

    Args:
        level: which part of it; None for the innermost one that is a class.
    """
    if level is not None:
        return class_of(name) if (name := part(folder, level)) else None
    names = (class_of(clean(text)) for text in reversed(folder.split("/")) if text)
    return next(filter(None, names), None)


def naming(folders: Mapping[str, int], classes: Sequence[str], level: int | None) -> Naming:
    """What folders say of classes; case, spaces, ``-`` and ``_`` make no difference.

    Args:
        folders: from `counted`.
        level: which part of a path names the class; None for the innermost one that is a class.
    """
    class_of = Matcher.of(classes)
    matched: Counter[str] = Counter(dict.fromkeys(classes, 0))
    outside: Counter[str] = Counter()
    respelled: dict[str, str] = {}
    for folder, count in folders.items():
        name = name_of(folder, level, class_of)
        own = part(folder, -1 if level is None else level)
        if name is None:
            outside[own] += count
            continue
        matched[name] += count
        if level is None:
            own = next(p for p in map(clean, reversed(folder.split("/"))) if class_of(p) == name)
        if own != name:
            respelled[own] = name
    return Naming(level, dict(matched.most_common()), respelled, dict(outside.most_common()))


def best_level(folders: Mapping[str, int], classes: Sequence[str]) -> int | None:
    """The level at which most images lie in a folder that is named as a class.

    None, for the innermost folder that is a class, where no single level says as much.
    """
    anywhere = naming(folders, classes, None).images
    for level in range(1, depth(folders) + 1):
        if naming(folders, classes, level).images == anywhere > 0:
            return level
    return None
