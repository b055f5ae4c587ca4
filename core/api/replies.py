"""Answers as JSON, and refusals as one sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from core.api.settings import Refusal
from core.runtime.errors import WinnowError

# After these a body may still be on its way, or the server is about to end.
_LAST = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def as_json(
    content: Any, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """An answer that no cache keeps."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    data = text.encode("utf-8", "replace")  # half a character of a file's name is none in UTF-8
    return Response(
        data, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )


def failed(text: str, status: HTTPStatus) -> Response:
    """One sentence on what is wrong."""
    return as_json({"error": text}, status)


def refused(refusal: Refusal) -> Response:
    """A refusal as an answer."""
    headers = {"Connection": "close"} if refusal.status in _LAST else {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    return as_json({"error": sentence(refusal)}, refusal.status, headers)


def sentence(error: BaseException) -> str:
    """What a client hears of an error.

    Raises:
        BaseException: the error itself, where it is a fault of ours.
    """
    if isinstance(error, WinnowError):
        return " ".join(str(error).split())
    raise error


async def finished(futures: Sequence[Future[Any]]) -> list[Any]:
    """What has become of images; an error stands in the place of what it kept away."""
    waiting = [asyncio.wrap_future(future) for future in futures]
    return list(await asyncio.gather(*waiting, return_exceptions=True))
