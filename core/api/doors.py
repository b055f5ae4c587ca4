"""Who may ask: programs by a token in a header, people by the cookie that the token's address sets.

The same token, cookie and rules for names and origins as of the app (`core.runtime.access`). They
differ in three things, because programs ask here: a header ``Authorization: Bearer TOKEN`` opens
under any name, since no page of a stranger can send it; pages of origins that were allowed by name
may ask with that header; and whether the server lives is told to everybody.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from core.api.limits import Message, Receive, Send
from core.runtime.access import login
from core.runtime.access.addresses import Bound
from core.runtime.access.entering import entry_of
from core.runtime.access.guarding import PROTECTION, guarded
from core.runtime.access.tokens import Tokens
from core.runtime.access.visits import Visit, from_own_page

OPEN = frozenset({"/health", "/ready"})
"""Paths without a token: they tell nothing else."""
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class Doors:
    """Middleware around everything. ``tokens`` is None when everybody on this machine may in."""

    def __init__(
        self, app: Any, bound: Bound, tokens: Tokens | None, origins: frozenset[str]
    ) -> None:
        """Guard ``app``; pages of ``origins``, as browsers spell them, may ask with the token."""
        self._app, self._bound, self._tokens, self._origins = app, bound, tokens, origins
        self._bearer = b"Bearer " + tokens.token.encode() if tokens else b""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on what may in; answer the rest here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope)
        headers = {**PROTECTION, "Content-Security-Policy": _POLICY}
        guest = self._guest(visit)
        if guest:
            headers |= {"Access-Control-Allow-Origin": guest, "Vary": "Origin"}
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        elif visit.path == "/widget.js" and self._origins:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer = self._answer(visit, guest)
        await (answer or self._app)(scope, receive, guarded(send, headers))

    def _guest(self, visit: Visit) -> str:
        """The origin of a page that was allowed by name; "" for any other."""
        origins = visit.all_of("origin")
        return origins[0] if len(origins) == 1 and origins[0] in self._origins else ""

    def _answer(self, visit: Visit, guest: str) -> Response | None:
        """The answer to who may not in; None lets it in."""
        if visit.path in OPEN and visit.is_looking:
            return None
        if guest and visit.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
        sent = visit.all_of("authorization")
        if self._tokens is not None and sent:
            texts = [text.strip().encode("latin-1") for text in sent]
            opens = all(hmac.compare_digest(text, self._bearer) for text in texts)
            return None if opens else _no_token(visit, wrong=True)
        if visit.path == "/widget.js" and visit.is_looking:
            return None  # a script without a secret, which pages of others take in
        if not guest and (reason := self._strange(visit)):
            return _refused(visit, reason)
        return self._asked_for_token(visit, guest)

    def _strange(self, visit: Visit) -> str | None:
        """Why a request is none that our own pages, or a program, would make."""
        served = self._bound.origins_of(visit.host or "", visit.arrived_at)
        if not served:
            return (
                f"This server is not to be reached as {visit.host or 'one without a name'}: start "
                "it with --allow-host and this name, or send the token as Authorization: Bearer."
            )
        # A program names no origin; a browser names one whenever it sends something.
        if visit.all_of("origin") or visit.is_looking or visit.from_elsewhere:
            return None if from_own_page(visit, served) else _FOREIGN
        return None

    def _asked_for_token(self, visit: Visit, guest: str) -> Response | None:
        if self._tokens is None:
            return None
        if guest:  # a page of others has no cookie of ours
            return _no_token(visit, wrong=False)
        entry = entry_of(visit, self._tokens)
        if entry.headers:
            return Response(status_code=HTTPStatus.SEE_OTHER, headers=entry.headers)
        return None if entry.admitted else _no_token(visit, entry.wrong)


_FOREIGN = (
    "This request comes from a page that is not this server's: start it with --allow-origin and "
    "that page's origin."
)


def _no_token(visit: Visit, wrong: bool) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="winnow"', "Cache-Control": "no-store"}
    if visit.is_page:
        again = visit.one("sec-fetch-site") == "cross-site" and not wrong
        page = login.page(visit.path, visit.query, wrong, again)
        return HTMLResponse(page, HTTPStatus.UNAUTHORIZED, headers)
    text = (
        "That is not the token of this server."
        if wrong
        else "Send the token of this server as a header: Authorization: Bearer TOKEN."
    )
    return JSONResponse({"error": text}, HTTPStatus.UNAUTHORIZED, headers)


def _refused(visit: Visit, reason: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if visit.is_page:
        return HTMLResponse(login.refusal(reason), HTTPStatus.FORBIDDEN, headers)
    return JSONResponse({"error": reason}, HTTPStatus.FORBIDDEN, headers)
