"""How many requests may be in work, for how long, and none any more when the server stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from core.api.metrics import Metrics
from core.api.replies import refused
from core.api.settings import Refusal, Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ALWAYS = frozenset({"/health", "/ready", "/metrics"})
"""Paths that are answered however busy the server is."""


class Traffic:
    """What is in work. Of the event loop's thread alone.

    Attributes:
        running: requests; bytes: of their bodies.
        stopping: new requests are refused, those in work are finished.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.running = 0
        self.bytes = 0
        self.stopping = False

    def take(self, count: int) -> None:
        """Room for some bytes of a body.

        Raises:
            Refusal: all bodies together would be too large.
        """
        if self.bytes + count > self.settings.all_bytes:
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "The server is busy with large requests: send this again in 1 s.",
                1,
            )
        self.bytes += count

    def give_back(self, count: int) -> None:
        """The bytes are not needed any more."""
        self.bytes -= count


class Limits:
    """Middleware around the routes."""

    def __init__(self, app: Any, traffic: Traffic, metrics: Metrics) -> None:
        self._app, self._traffic, self._metrics = app, traffic, metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, watched = time.perf_counter(), _Watched(receive, send)
        refusal = None if scope["path"] in ALWAYS else self._refusal()
        try:
            if refusal is not None:
                await refused(refusal)(scope, receive, watched.send)
            else:
                await self._run(scope, watched)
        finally:
            # The route that answered, not what was asked for: of those there may be any number.
            path = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(path, watched.status).inc()
            self._metrics.seconds.labels(path).observe(time.perf_counter() - begun)

    async def _run(self, scope: Message, watched: _Watched) -> None:
        self._traffic.running += 1
        try:
            async with asyncio.timeout(self._traffic.settings.seconds) as limit:
                await self._app(scope, watched.receive, watched.send)
        except TimeoutError:
            if not limit.expired() or watched.status:
                raise
            await refused(self._late(watched))(scope, watched.receive, watched.send)
        finally:
            self._traffic.running -= 1

    def _refusal(self) -> Refusal | None:
        traffic = self._traffic
        if traffic.stopping:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The server is being stopped.", 5)
        if traffic.running >= traffic.settings.requests:
            return Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{traffic.running} requests are in work, as many as may be: send this again in "
                "1 s.",
                1,
            )
        return None

    def _late(self, watched: _Watched) -> Refusal:
        seconds = self._traffic.settings.seconds
        if not watched.whole:
            return Refusal(
                HTTPStatus.REQUEST_TIMEOUT,
                f"The request did not arrive within {seconds:g} s: send it again.",
            )
        return Refusal(
            HTTPStatus.GATEWAY_TIMEOUT,
            f"There was no answer within {seconds:g} s: send fewer images at once, or later.",
            1,
        )


class _Watched:
    """A request's messages, and what has been seen of them."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.whole = False
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.whole = self.whole or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
