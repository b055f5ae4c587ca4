"""How others reach this server, as it was started: for whoever wants to share it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """Where the server listens.

    Attributes:
        addresses: what to type into a browser, this machine's own first, each ending in "/".
        alone: only this machine can reach it.
        port: its port.
        token: what opens it; None where none is asked for.
    """

    addresses: tuple[str, ...]
    alone: bool
    port: int
    token: str | None = None


shared: list[Reach] = []
"""The server's own, once it is started; nothing before, and in tests."""
