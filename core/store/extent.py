"""How many image files a workspace is to hold once all are embedded: ``extent.json``.

Written before the first image is read, so whoever looks at the catalog meanwhile, in this process
or another, knows how much of the folder it is. A damaged file counts as none.
"""

from __future__ import annotations

import json
from pathlib import Path

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.workspace import Workspace


def extent_file(workspace: Workspace) -> Path:
    """Where the number is kept."""
    return workspace.root / "extent.json"


def read_extent(workspace: Workspace) -> int:
    """Image files that the last scan before embedding found; 0 when that is not known."""
    try:
        files = inputs.load_json(extent_file(workspace))["files"]
    except (OSError, ValueError, KeyError, TypeError, WinnowError):
        return 0
    return files if isinstance(files, int) and files > 0 else 0


def save_extent(workspace: Workspace, files: int) -> None:
    """Remember how many image files there are.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    if read_extent(workspace) != files:
        write_atomic(extent_file(workspace), json.dumps({"files": files}).encode())
