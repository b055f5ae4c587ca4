"""Headers by which a browser keeps others out, put on every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]

PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""What every answer carries, beside a policy for its content."""


def guarded(send: _Send, headers: Mapping[str, str]) -> _Send:
    """A ``send`` that sets these headers, and no other origin's access unless they name one."""
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    names = {name for name, _ in encoded} | {b"access-control-allow-origin"}

    async def guarding(message: _Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            message["headers"] = [*others, *encoded]
        await send(message)

    return guarding
