"""Reading the log of answers that an element keeps. Browser part: ``answer_log.js``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.images.hash import is_image_id
from core.ui.widgets import mount


def entries(element: str) -> list[Mapping[str, Any]]:
    """The answers of an element in this session that may not be stored yet, oldest first.

    Each has a whole number ``seq``, one higher than that of the answer before, and an image
    ``id``. Entries without them are left out. What else an entry says comes from a browser as it
    is: look at it before using it.

    Args:
        element: the key under which the element is mounted.
    """
    log = mount.value(element, "log")
    return [entry for entry in log if _has_form(entry)] if isinstance(log, list) else []


def _has_form(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("seq"), int)
        and isinstance(entry.get("id"), str)
        and is_image_id(entry["id"])
    )
