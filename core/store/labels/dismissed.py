"""Disagreements of words and picture that people looked at and let be: ``words-dismissed.json``.

A JSON object, image id → [class by the picture, class by the words]. Once either says another class
the image is worth another look.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from core.images.hash import is_image_id
from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.lock import changing
from core.store.workspace import Workspace

Pair = tuple[str, str]
_NAME = "words-dismissed.json"


def read_dismissed(workspace: Workspace) -> dict[str, Pair]:
    """Image id → the classes by picture and by words that were let be; of one question.

    Raises:
        WinnowError: the file is damaged.
    """
    path = workspace.home / _NAME
    try:
        content = inputs.load_json(path, inputs.TABLE_BYTES)
        pairs = {str(image): (str(one), str(other)) for image, (one, other) in content.items()}
        if not all(map(is_image_id, pairs)):
            raise ValueError("it is not about images")
        return pairs
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): restore it, or delete it, and what was let "
            "be is listed again."
        ) from error


def dismiss(workspace: Workspace, pairs: Mapping[str, Pair]) -> None:
    """Let disagreements be.

    Raises:
        WinnowError: the file is damaged, or the disk does not take it.
    """
    path = workspace.home / _NAME
    with changing(path):
        content = read_dismissed(workspace) | dict(pairs)
        write_atomic(path, json.dumps(content, ensure_ascii=False).encode())
