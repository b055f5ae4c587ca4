"""``POST /v1/search``: labeled images of the model file that look like an image or fit a text."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from core.api import documented
from core.api.bodies import body_of, from_base64, images_of, parsed
from core.api.decoding import Upload
from core.api.limits import Traffic
from core.api.models import Models, Served
from core.api.replies import as_json, finished
from core.api.settings import Refusal
from core.services.sorter.scoring import as_stored

_LONGEST = 2_000  # characters of a text


class Wanted(BaseModel):
    """A text, or an image in base64."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: Annotated[str | None, Field(min_length=1, max_length=_LONGEST)] = None
    image: str | None = None


def add(app: FastAPI, models: Models, traffic: Traffic) -> None:
    """Add the route."""
    extra = {"requestBody": _body()}

    @app.post(
        "/v1/search", summary="Labeled images that look alike or fit a text.",
        openapi_extra=extra, responses=documented.SEARCHED,
    )  # fmt: skip
    async def search(
        request: Request,
        model: Annotated[str | None, Query(description="Name of the model.")] = None,
        top: Annotated[int, Query(ge=1, le=1_000, description="Images to list.")] = 10,
    ) -> Response:
        served = models.get(model)
        if not served.answering.can_search:
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                f"The model {served.name} holds no labeled images to search: export it without "
                "--no-exemplars.",
            )
        async with body_of(request, traffic) as body:
            vector = await _vector(request, body, served, traffic)
        near = served.answering.nearest(vector[None], top)[0]
        return as_json({"model": served.name, "images": served.answering.exemplars(near)})


async def _vector(request: Request, body: bytes, served: Served, traffic: Traffic) -> np.ndarray:
    """(D,) float32 of what is searched for."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        uploads = await images_of(request, body, traffic.settings)
    else:
        asked = parsed(body, Wanted)
        if (asked.text is None) == (asked.image is None):
            raise Refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                'Search for either a "text" or an "image" in base64.',
            )
        if asked.text is not None:
            return await asyncio.to_thread(served.answering.text_vector, asked.text)
        uploads = [Upload(from_base64(asked.image or "", '"image"'))]
    if len(uploads) > 1:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Search for one image at a time.")
    result: Any = (await finished(served.vectors(uploads)))[0]
    if isinstance(result, BaseException):
        raise result
    return as_stored(result[1]).astype(np.float32)


def _body() -> dict[str, Any]:
    images = documented.IMAGES["requestBody"]
    text = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "image": {"type": "string", "contentEncoding": "base64"},
        },
    }
    content = {**images["content"], "application/json": {"schema": text}}
    return {**images, "content": content}
