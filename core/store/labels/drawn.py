"""Images that people say were drawn at random elsewhere: ``drawn-at-random.json``.

Lists of image ids, one for each table that was imported so. A list is a random sample as a whole
only, so it counts while all of its images that are still there have an answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from core.images.hash import is_image_id
from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, write_atomic
from core.store.lock import changing
from core.store.workspace import Workspace

Drawn = tuple[tuple[str, ...], ...]
_NAME = "drawn-at-random.json"


def read_drawn(workspace: Workspace) -> Drawn:
    """The lists of a question; nothing where none was imported so.

    Raises:
        WinnowError: the file is damaged.
    """
    path = workspace.home / _NAME
    try:
        mark = mark_of(path)
    except OSError:
        return ()
    return _read(path, mark)


@lru_cache(8)
def _read(path: Path, _mark: tuple[int, ...]) -> Drawn:
    try:
        content = inputs.load_json(path, inputs.RECORD_BYTES)
        lists = tuple(tuple(ids) for ids in content)
        if not all(isinstance(i, str) and is_image_id(i) for ids in lists for i in ids):
            raise ValueError("it is not a list of lists of image ids")
    except (OSError, ValueError, TypeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): restore it, or delete it, and those images "
            "count as labeled, but not as drawn at random."
        ) from error
    return lists


def note_drawn(workspace: Workspace, ids: Sequence[str]) -> None:
    """Note that these images were drawn at random.

    Raises:
        WinnowError: the file is damaged, or the disk does not take it.
    """
    path = workspace.home / _NAME
    with changing(path):
        lists = dict.fromkeys((*read_drawn(workspace), tuple(sorted(set(ids)))))
        write_atomic(path, json.dumps(list(lists)).encode())
