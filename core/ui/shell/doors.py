"""Who gets in: every request and every WebSocket passes here before anything else sees it.

In this order: the name that is asked for must be ours, the page that asks must have been loaded
from us, and a cookie must show that somebody opened the address with the token. Whoever lacks the
cookie gets the page that asks for the token and nothing else.

An ASGI middleware of its own rather than Starlette's classes, because those see no WebSocket.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ui.shell import login
from core.ui.shell.addresses import Bound, Origin, origin_of
from core.ui.shell.tokens import Tokens

_LOOKING = ("GET", "HEAD")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_POLICY = "; ".join(
    [
        "default-src 'self'",
        # Streamlit imports the scripts of elements as blobs; WebGL libraries write functions.
        "script-src 'self' blob: 'unsafe-eval' {scripts}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        # Not every browser takes 'self' for a WebSocket as well.
        "connect-src 'self'{sockets}",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class Doors:
    """Middleware around the whole app. ``tokens`` is None when everybody on this machine may in."""

    def __init__(self, app: ASGIApp, bound: Bound, tokens: Tokens | None) -> None:
        self._app, self._bound, self._tokens = app, bound, tokens
        self._scripts = inline_scripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may in; answer the rest here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope)
        reason = self._strange(visit)
        if scope["type"] == "websocket":
            if reason or not self._admits(visit):
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._app(scope, receive, send)
            return
        answer = _refused(visit, reason) if reason else self._asked_for_token(visit)
        sockets = "" if reason else f" ws://{visit.host} wss://{visit.host}"
        policy = _POLICY.format(scripts=self._scripts, sockets=sockets)
        await (answer or self._app)(scope, receive, _guarding(send, policy))

    def _strange(self, visit: _Visit) -> str | None:
        """Why a request is none that our own pages, or a person, would make."""
        served = self._bound.origins_of(visit.host or "", visit.arrived_at)
        if not served:
            return (
                f"Winnow is not to be reached as {visit.host or 'a server without a name'}. Open "
                "the address that was printed in the terminal where it was started; if this name "
                "is right, start it with --allow-host and this name."
            )
        if not _from_own_page(visit, served):
            return "This request comes from a page that is not Winnow's."
        return None

    def _admits(self, visit: _Visit) -> bool:
        return self._tokens is None or self._tokens.admits(visit.all_of("cookie"))

    def _asked_for_token(self, visit: _Visit) -> Response | None:
        """The answer to a visit with a token in its address, or without any; None lets it in."""
        if self._tokens is None:
            return None
        words = visit.tokens() if visit.method in _LOOKING else []
        opened = any(map(self._tokens.opens, words))
        admitted = self._admits(visit)
        if opened or (words and admitted):
            # On to the same address without the token, so that it stays in no history.
            answer = Response(status_code=303, headers={"Location": visit.address()})
            if opened:
                answer.headers["Set-Cookie"] = self._tokens.header(visit.secure)
        elif admitted:
            return None
        else:
            answer = _login(visit, bool(words))
        answer.headers["Cache-Control"] = "no-store"
        return answer


class _Visit:
    """What the doors look at of a request."""

    def __init__(self, scope: Scope) -> None:
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
        return parse_qs(joined, max_num_fields=8).get("token", []) if len(joined) < 8_000 else []

    def address(self) -> str:
        """Path and query without a token, as an address of this server."""
        query = self.query.decode("latin-1")
        return login.here(self.path) + (f"?{query}" if query else "")

    @property
    def is_page(self) -> bool:
        """Whether a browser asks for something to show in a tab."""
        mode = self.one("sec-fetch-mode")
        return self.method in _LOOKING and (
            mode == "navigate" if mode else "text/html" in self.one("accept")
        )

    @property
    def from_elsewhere(self) -> bool:
        """Whether the browser says that a page of another origin is behind the request."""
        return self.one("sec-fetch-site") in ("cross-site", "same-site")


def _from_own_page(visit: _Visit, served: frozenset[Origin]) -> bool:
    origins = visit.all_of("origin")
    if origins:
        return len(origins) == 1 and origin_of(origins[0]) in served
    if visit.is_websocket or visit.method not in _LOOKING:
        return False  # a browser names the origin of these
    # A link on another page may be followed; a picture or a script may not be taken in.
    whole = visit.is_page and visit.one("sec-fetch-dest") in ("document", "")
    return whole or not visit.from_elsewhere


def _login(visit: _Visit, wrong: bool) -> Response:
    headers = {"WWW-Authenticate": "Winnow"}
    if not visit.is_page:
        return PlainTextResponse(login.WRONG if wrong else login.ASKED, 401, headers)
    again = visit.one("sec-fetch-site") == "cross-site" and not wrong
    return HTMLResponse(login.page(visit.path, visit.query, wrong, again), 401, headers)


def _refused(visit: _Visit, reason: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if visit.is_page:
        return HTMLResponse(login.refusal(reason), 403, headers)
    return PlainTextResponse(reason, 403, headers)


def _guarding(send: Send, policy: str) -> Send:
    """A ``send`` that adds what tells the browser to keep others out."""
    ours = {**_HEADERS, "Content-Security-Policy": policy}
    encoded = [(name.lower().encode(), value.encode()) for name, value in ours.items()]
    names = {name for name, _ in encoded} | {b"access-control-allow-origin"}

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            _replace(message, names, encoded)
        await send(message)

    return guarded


def _replace(
    message: MutableMapping[str, Any], names: set[bytes], headers: list[tuple[bytes, bytes]]
) -> None:
    others = [(key, value) for key, value in message.get("headers", []) if key.lower() not in names]
    message["headers"] = [*others, *headers]


def inline_scripts() -> str:
    """The digests of the scripts that stand in Streamlit's own page, as a policy names them."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
