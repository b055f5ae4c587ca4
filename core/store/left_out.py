"""What the last look at the image folder passed over, for the records of runs: ``left-out.json``.

It says nothing that the next scan would not find again, so a damaged file counts as none.
"""

from __future__ import annotations

import json

from core.images.folders.left_out import LeftOut
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.workspace import Workspace


def read_left_out(workspace: Workspace) -> LeftOut:
    """What was passed over when images were last embedded; empty when that is not known."""
    try:
        return LeftOut.from_json(inputs.load_json(workspace.left_out))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, WinnowError):
        return LeftOut()


def save_left_out(workspace: Workspace, left_out: LeftOut) -> None:
    """Remember what a scan passed over.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    if read_left_out(workspace).as_json() != left_out.as_json():
        write_atomic(workspace.left_out, json.dumps(left_out.as_json()).encode())
