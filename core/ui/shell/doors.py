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
from pathlib import Path

import streamlit
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.runtime.access import login
from core.runtime.access.addresses import Bound
from core.runtime.access.entering import entry_of
from core.runtime.access.guarding import PROTECTION, guarded
from core.runtime.access.tokens import Tokens
from core.runtime.access.visits import Visit, from_own_page

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
        visit = Visit(scope)
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
        headers = {**PROTECTION, "Content-Security-Policy": policy}
        await (answer or self._app)(scope, receive, guarded(send, headers))

    def _strange(self, visit: Visit) -> str | None:
        """Why a request is none that our own pages, or a person, would make."""
        served = self._bound.origins_of(visit.host or "", visit.arrived_at)
        if not served:
            return (
                f"Winnow is not to be reached as {visit.host or 'a server without a name'}. Open "
                "the address that was printed in the terminal where it was started; if this name "
                "is right, start it with --allow-host and this name."
            )
        if not from_own_page(visit, served):
            return "This request comes from a page that is not Winnow's."
        return None

    def _admits(self, visit: Visit) -> bool:
        return self._tokens is None or self._tokens.admits(visit.all_of("cookie"))

    def _asked_for_token(self, visit: Visit) -> Response | None:
        """The answer to a visit with a token in its address, or without any; None lets it in."""
        entry = entry_of(visit, self._tokens)
        if entry.headers:
            return Response(status_code=303, headers=entry.headers)
        return None if entry.admitted else _login(visit, entry.wrong)


def _login(visit: Visit, wrong: bool) -> Response:
    headers = {"WWW-Authenticate": "Winnow", "Cache-Control": "no-store"}
    if not visit.is_page:
        return PlainTextResponse(login.WRONG if wrong else login.ASKED, 401, headers)
    again = visit.one("sec-fetch-site") == "cross-site" and not wrong
    return HTMLResponse(login.page(visit.path, visit.query, wrong, again), 401, headers)


def _refused(visit: Visit, reason: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if visit.is_page:
        return HTMLResponse(login.refusal(reason), 403, headers)
    return PlainTextResponse(reason, 403, headers)


def inline_scripts() -> str:
    """The digests of the scripts that stand in Streamlit's own page, as a policy names them."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
