"""What is looked at of a request before anything else sees it. Knows no web framework."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from core.runtime.access.addresses import Origin, origin_of
from core.runtime.access.login import here

LOOKING = ("GET", "HEAD")
"""Methods that change nothing."""


class Visit:
    """A request or a WebSocket, as its ASGI scope describes it."""

    def __init__(self, scope: MutableMapping[str, Any]) -> None:
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.is_websocket = scope["type"] == "websocket"
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["path"]
        self.secure = scope.get("scheme") in ("https", "wss")
        server = scope.get("server")
        self.arrived_at: str | None = server[0] if server else None
        hosts = self.all_of("host")
        self.host = hosts[0] if len(hosts) == 1 else None
        parts = scope.get("query_string", b"").split(b"&")
        self._tokens = [part for part in parts if part.partition(b"=")[0] == b"token"]
        self.query = b"&".join(part for part in parts if part not in self._tokens)

    def all_of(self, name: str) -> list[str]:
        """All headers of one name."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self._headers if key == wanted]

    def one(self, name: str) -> str:
        """A header, "" when it is missing; several of one name count as none of theirs."""
        values = self.all_of(name)
        return values[0] if len(values) == 1 else ", ".join(values)

    def tokens(self) -> list[str]:
        """The tokens in the address."""
        joined = b"&".join(self._tokens).decode("latin-1")
        if len(joined) >= 8_000:
            return []
        try:
            return parse_qs(joined, max_num_fields=8).get("token", [])
        except ValueError:  # more of them than anybody needs
            return []

    def address(self) -> str:
        """Path and query without a token, as an address of this server."""
        query = self.query.decode("latin-1")
        return here(self.path) + (f"?{query}" if query else "")

    @property
    def is_looking(self) -> bool:
        """Whether it changes nothing."""
        return self.method in LOOKING

    @property
    def is_page(self) -> bool:
        """Whether a browser asks for something to show in a tab."""
        mode = self.one("sec-fetch-mode")
        return self.method in LOOKING and (
            mode == "navigate" if mode else "text/html" in self.one("accept")
        )

    @property
    def from_elsewhere(self) -> bool:
        """Whether the browser says that a page of another origin is behind the request."""
        return self.one("sec-fetch-site") in ("cross-site", "same-site")


def from_own_page(visit: Visit, served: frozenset[Origin]) -> bool:
    """Whether a request is one that a page of ours, or a person, makes in a browser.

    Args:
        served: the origins of our pages, see `core.runtime.access.addresses.Bound.origins_of`.
    """
    origins = visit.all_of("origin")
    if origins:
        return len(origins) == 1 and origin_of(origins[0]) in served
    if visit.is_websocket or visit.method not in LOOKING:
        return False  # a browser names the origin of these
    # A link on another page may be followed; a picture or a script may not be taken in.
    whole = visit.is_page and visit.one("sec-fetch-dest") in ("document", "")
    return whole or not visit.from_elsewhere
