"""What a server of model files allows, and why it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from core.runtime.errors import WinnowError

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Settings:
    """Limits of a server.

    Attributes:
        queue: images that may be in work or wait, of all requests to one encoder.
        images: of one request.
        body_bytes: of one request; all_bytes: of all requests that are being read or in work.
        pixels: of one image.
        seconds: from a request's first byte to its answer.
        requests: that may be in work at once; connections: that may be open.
        origins: pages of these origins may ask from a browser, with the token.
    """

    queue: int = 256
    images: int = 64
    body_bytes: int = 64 * MEGABYTE
    all_bytes: int = 512 * MEGABYTE
    pixels: int = 100_000_000
    seconds: float = 30.0
    requests: int = 256
    connections: int = 1_000
    origins: tuple[str, ...] = ()


class Refusal(WinnowError):
    """A request that is answered with a status and one sentence.

    Attributes:
        status: of HTTP; retry_after: seconds after which the same request may pass.
    """

    def __init__(self, status: HTTPStatus, text: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
