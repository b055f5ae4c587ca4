"""Captions brought along: matched with the images of a project and kept in its workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.store.captions import save_captions


@dataclass(frozen=True)
class Matched:
    """Captions that belong to images.

    Attributes:
        rows: (image id, caption), equal ones once.
        missing: paths of the rows left out, which are no embedded image, in the order of the file.
    """

    rows: list[tuple[str, str]]
    missing: list[str]

    @property
    def images(self) -> int:
        """Distinct images with a caption."""
        return len({image_id for image_id, _ in self.rows})


def matched(project: Project, pairs: Sequence[tuple[str, str]]) -> Matched:
    """Find the images of captions.

    Args:
        pairs: relative path and caption, see `core.search.captions`.

    Raises:
        WinnowError: none of the paths is an embedded image.
    """
    pool = project.pool()
    row_of = pool.row_of_path()
    rows = list(dict.fromkeys((pool.ids[row_of[p]], text) for p, text in pairs if p in row_of))
    if not rows:
        raise WinnowError(
            f"None of the {len(pairs)} paths of the captions is an embedded image of "
            f"{project.workspace.images}: write paths relative to that folder, and embed the "
            "images first."
        )
    return Matched(rows, [path for path, _ in pairs if path not in row_of])


def import_captions(project: Project, pairs: Sequence[tuple[str, str]]) -> Matched:
    """Keep captions in the workspace, in place of all it had; errors as for ``matched``."""
    found = matched(project, pairs)
    save_captions(project.workspace.captions, found.rows)
    return found
