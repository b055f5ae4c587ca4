"""Images that people say are not the same picture: ``apart.json``, lists of image ids.

Images of one list are never in one group of near-duplicates again, whatever hashes say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.images.hash import is_image_id
from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.lock import changing
from core.store.workspace import Workspace

Apart = tuple[tuple[str, ...], ...]
_FORM = "a list of lists of image ids"


def read_apart(workspace: Workspace) -> Apart:
    """What people took apart; nothing where nobody did.

    Raises:
        WinnowError: the file is damaged.
    """
    path = workspace.apart
    try:
        content = inputs.load_json(path)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise _damaged(workspace, str(error)) from error
    if not isinstance(content, list) or not all(map(_is_ids, content)):
        raise _damaged(workspace, f"it is not {_FORM}")
    return tuple(map(tuple, content))


def take_apart(workspace: Workspace, ids: Sequence[str]) -> None:
    """Note that no two of these images are the same picture.

    Raises:
        WinnowError: the file is damaged, or the disk does not take it.
    """
    wanted = tuple(sorted(set(ids)))
    if len(wanted) < 2:
        return
    with changing(workspace.apart):
        present = read_apart(workspace)
        if wanted not in present:
            _write(workspace, (*present, wanted))


def put_together(workspace: Workspace, ids: Sequence[str]) -> None:
    """Take ``take_apart`` of the same images back; errors as there."""
    wanted = tuple(sorted(set(ids)))
    with changing(workspace.apart):
        present = read_apart(workspace)
        if wanted in present:
            _write(workspace, tuple(other for other in present if other != wanted))


def _write(workspace: Workspace, lists: Apart) -> None:
    write_atomic(workspace.apart, json.dumps(lists).encode())


def _is_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(i, str) and is_image_id(i) for i in value)


def _damaged(workspace: Workspace, why: str) -> WinnowError:
    return WinnowError(
        f"{shown(workspace.apart)} cannot be read ({why}): delete it, and pictures that were "
        "called different may be taken for the same again."
    )
