"""Which level of the paths names the classes of a question: ``folders.json`` in its folder."""

from __future__ import annotations

import json

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.workspace import Workspace

FORMAT = 1
_FILE = "folders.json"


def read_level(workspace: Workspace) -> int | None:
    """The level from 1 that was chosen for a question; None for the innermost that is a class.

    Raises:
        WinnowError: the file with the choice is damaged.
    """
    path = workspace.home / _FILE
    try:
        level = inputs.load_json(path)["level"]
        if level is not None and not (type(level) is int and level > 0):
            raise ValueError(f"the level {level!r} is none")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WinnowError(
            f"{path} cannot be read ({error}): choose the level of the folders anew on the Data "
            "page, or delete the file."
        ) from error
    return level


def save_level(workspace: Workspace, level: int | None) -> None:
    """Keep the choice; WinnowError when it cannot be written."""
    with storage_errors(workspace.home):
        workspace.home.mkdir(parents=True, exist_ok=True)
        content = {"format": FORMAT, "level": level}
        write_atomic(workspace.home / _FILE, json.dumps(content).encode())
