"""Who gives a command."""

from __future__ import annotations

import getpass


def person() -> str:
    """The name under which somebody is logged in, "" where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
