"""``POST /v1/feedback``: right or wrong, stored in a workspace before it is acknowledged."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from core.api import documented
from core.api.bodies import body_of, from_base64, parsed
from core.api.limits import Traffic
from core.api.metrics import Metrics
from core.api.models import Models
from core.api.replies import as_json
from core.api.settings import Refusal
from core.images.hash import content_id
from core.runtime.errors import StorageError, WinnowError
from core.services.sorter.feedback import (
    LONGEST_KEY,
    LONGEST_PERSON,
    Feedback,
    KeyTaken,
    NoSuchClass,
    NotInCollection,
    Opinion,
)

_STATUS: dict[type[WinnowError], HTTPStatus] = {
    NotInCollection: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoSuchClass: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyTaken: HTTPStatus.CONFLICT,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class Sent(BaseModel):
    """What somebody says of a prediction."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)
    key: Annotated[
        str,
        Field(
            min_length=8,
            max_length=LONGEST_KEY,
            pattern=r"^[\x21-\x7e]+$",
            description="A name of this answer's own, such as a UUID: sent again, it is stored "
            "once.",
        ),
    ]
    right: Annotated[bool, Field(description="Whether the prediction is right.")]
    id: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{32}$", description="The image's id of /v1/classify.")
    ] = None
    image: Annotated[str | None, Field(description="Or its file in base64.")] = None
    predicted: Annotated[
        _Name | None, Field(alias="class", description="The class that was shown.")
    ] = None
    label: Annotated[_Name | None, Field(description="What it is instead.")] = None
    person: Annotated[str | None, Field(max_length=LONGEST_PERSON)] = None


def add(
    app: FastAPI, feedback: Feedback, models: Models, traffic: Traffic, metrics: Metrics
) -> None:
    """Add the routes."""
    # One writer: SQLite has one at a time anyway, and a queue is fairer than its lock.
    writer = ThreadPoolExecutor(1, thread_name_prefix="feedback")
    schema = Sent.model_json_schema(by_alias=True)
    extra = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}

    @app.post(
        "/v1/feedback", summary="Right or wrong, and what it is instead.",
        openapi_extra=extra, responses=documented.STORED,
    )  # fmt: skip
    async def take(
        request: Request,
        model: Annotated[str | None, Query(description="Name of the model.")] = None,
    ) -> Response:
        name = models.get(model).name
        async with body_of(request, traffic) as body:
            opinion = _opinion(parsed(body, Sent), name)
        try:
            # Shielded: what was begun is stored, also when the client has gone.
            loop = asyncio.get_running_loop()
            stored = await asyncio.shield(loop.run_in_executor(writer, feedback.take, opinion))
        except WinnowError as error:
            metrics.feedback.labels("refused").inc()
            raise _refusal(error) from error
        metrics.feedback.labels("again" if stored.again else "stored").inc()
        return as_json(
            {"stored": True, "again": stored.again, "kind": stored.kind, "label": stored.label}
        )

    @app.get("/v1/feedback/classes", summary="The classes that feedback may name.")
    async def classes() -> Response:
        return as_json({"classes": await asyncio.to_thread(lambda: feedback.classes)})


def _opinion(sent: Sent, model: str) -> Opinion:
    if (sent.id is None) == (sent.image is None):
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, 'Name the image by either "id" or "image" in base64.'
        )
    image_id = sent.id or content_id(from_base64(sent.image or "", '"image"'))
    return Opinion(sent.key, image_id, sent.right, sent.predicted, sent.label, sent.person, model)


def _refusal(error: WinnowError) -> Refusal:
    kinds = [kind for kind in _STATUS if isinstance(error, kind)]
    status = _STATUS[kinds[0]] if kinds else HTTPStatus.SERVICE_UNAVAILABLE
    return Refusal(status, str(error), 5 if status == HTTPStatus.SERVICE_UNAVAILABLE else None)
