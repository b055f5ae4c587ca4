"""Where links within an archive lead. Nothing here touches a disk."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

_MOST_STEPS = 40  # as many as Linux follows

OUTSIDE = "it is a link out of the archive"
CIRCLE = "it is a link in a circle"
MISSING = "it is a link to something that is not in the archive"
FOLDER = "it is a link to a folder of the archive, whose pictures are taken where they lie"


class LinkProblem(Exception):
    """A link that cannot be followed; the text says why."""


def plain_path(name: str) -> str:
    """A member's path as links name it: with "/", without "." and doubled slashes."""
    path = posixpath.normpath(name.replace("\\", "/"))
    return "" if path == "." else path.removeprefix("//").removeprefix("/")


@dataclass
class Links:
    """The links of an archive, by the plain path of each.

    Attributes:
        files: plain paths of what is no link.
        targets: plain path of a symbolic link → what it leads to, from the archive's root.
    """

    files: set[str] = field(default_factory=set)
    targets: dict[str, str] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)

    def add_file(self, name: str) -> None:
        """A member with content of its own, or a folder."""
        path = plain_path(name)
        self.files.add(path)
        while (path := posixpath.dirname(path)) and path not in self._folders:
            self._folders.add(path)

    def add_folder(self, name: str) -> None:
        """A folder, perhaps an empty one."""
        self._folders.add(plain_path(name))

    def add_link(self, name: str, target: str, symbolic: bool) -> None:
        """A member that stands for another one, which may come later."""
        path, target = plain_path(name), target.replace("\\", "/")
        if symbolic and not target.startswith("/"):
            target = posixpath.join(posixpath.dirname(path), target)
        # A hard link names a member, and members may begin with a slash; a symbolic one a place.
        self.targets[path] = target if symbolic else plain_path(target)

    def resolve(self, name: str) -> str:
        """The plain path of the file at the end of a link.

        Raises:
            LinkProblem: it leads nowhere, out of the archive, to a folder or in a circle.
        """
        path = plain_path(name)
        for _ in range(_MOST_STEPS):
            if path in self.files:
                return path
            step = self._step(path)
            if step is None:
                raise LinkProblem(FOLDER if path in self._folders or not path else MISSING)
            path = step
        raise LinkProblem(CIRCLE)

    def _step(self, path: str) -> str | None:
        """The path with its first link replaced; None without any."""
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            target = self.targets.get("/".join(parts[:count]))
            if target is None:
                continue
            if target.startswith("/") or target[1:3] in (":/", ":"):
                raise LinkProblem(OUTSIDE)
            path = posixpath.normpath(posixpath.join(target, *parts[count:]))
            if path.startswith("../") or path == "..":
                raise LinkProblem(OUTSIDE)
            return "" if path == "." else path
        return None
