"""Servers of the app for tests: each with projects and tasks of its own, models loaded once."""

from __future__ import annotations

from pathlib import Path

from core.project.host import Encoders, Host

TOKEN = "the-token-of-the-tests_0123"
"""What opens the servers that tests start."""
_ENCODERS = Encoders()


def new_host(first: Path | None = None) -> Host:
    """What one server shares, as if it had just been started."""
    return Host(first=first, encoders=_ENCODERS)
