"""The server's life: it starts when all models are ready, and ends when what runs is answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from core.api.app import Service, build
from core.api.doors import Doors
from core.runtime.access.addresses import Bound
from core.runtime.access.tokens import Tokens
from core.store.labels.postgres.patience import wait_for

_GRACE = 0.3
"""Seconds for which a server that stops still answers, so that who asks hears why."""


class Server(uvicorn.Server):
    """A server that refuses new requests when it is asked to stop, and finishes the others."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self._asked_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: gently at first, at once when asked again."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            self._service.traffic.stopping = True
        else:
            self.force_exit = self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now; asked ten times a second."""
        if self._asked_at is not None:
            waited = time.monotonic() - self._asked_at
            idle = not self._service.traffic.running and waited >= _GRACE
            if idle or waited > self._service.settings.seconds + 1:
                self.should_exit = True
        return await super().on_tick(counter)


def server(service: Service, bound: Bound, tokens: Tokens | None) -> Server:
    """A server that is ready to run."""
    settings = service.settings
    app = Doors(build(service), bound, tokens, frozenset(settings.origins))
    config = uvicorn.Config(
        app,
        host=bound.ip,
        port=bound.port,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks
        ws="none",
        lifespan="off",
        backlog=512,
        timeout_keep_alive=15,
        limit_concurrency=settings.connections,
        timeout_graceful_shutdown=int(settings.seconds),
    )
    return Server(config, service)


def run(
    service: Service,
    bound: Bound,
    tokens: Tokens | None,
    note: Callable[[str], object],
    secret: bool = False,
) -> None:
    """Serve until somebody stops it.

    Args:
        note: takes what the person who starts it should read, a line at a time.
        secret: do not say the token.
    """
    wait_for(3.0, page=False)  # whoever sends feedback is told soon, and sends it again
    for line in _where(bound, None if secret else tokens):
        note(line)
    try:
        server(service, bound, tokens).run()
    finally:
        service.models.close()


def _where(bound: Bound, tokens: Tokens | None) -> Iterator[str]:
    address = bound.addresses()[0]
    yield f"Models are served at {address}  (stop it with Ctrl-C)"
    if tokens is not None:
        yield (
            f"Programs send the header 'Authorization: Bearer {tokens.token}'; in a browser open "
            f"{address}docs?token={tokens.token}"
        )
    if not bound.is_loopback:
        yield (
            f"Warning: other machines can reach it at {bound.ip}, and nothing is encrypted on the "
            "way: use it in networks that you trust, or behind a proxy with HTTPS."
        )
