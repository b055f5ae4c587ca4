"""The routes: what may be asked, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

import core
from core.api import documented, feedback, searching, shown
from core.api.bodies import body_of, images_of
from core.api.decoding import Picture
from core.api.limits import Limits, Traffic
from core.api.metrics import CONTENT_TYPE, Metrics
from core.api.models import Models, Served
from core.api.replies import as_json, failed, finished, refused, sentence
from core.api.settings import Refusal, Settings
from core.runtime.errors import StorageError, WinnowError
from core.services.sorter.answering import Answer
from core.services.sorter.feedback import Feedback

ModelName = Annotated[str | None, Query(description="Name of the model [default: the first].")]
Top = Annotated[int, Query(ge=1, le=1_000, description="Most probable classes to list.")]


@dataclass(frozen=True, eq=False)
class Service:
    """What the routes work with."""

    models: Models
    settings: Settings
    metrics: Metrics
    traffic: Traffic
    feedback: Feedback | None = None


def build(service: Service) -> FastAPI:
    """The application, without its doors."""
    app = FastAPI(
        title="Winnow",
        version=core.__version__,
        summary="Sorts images into the classes of model files.",
        docs_url=None,  # its pages load scripts from the internet; ours are in `shown`
        redoc_url=None,
    )
    app.state.service = service
    app.add_middleware(Limits, traffic=service.traffic, metrics=service.metrics)
    _errors(app)
    _look(app, service)
    _classify(app, service)
    searching.add(app, service.models, service.traffic)
    if service.feedback is not None:
        feedback.add(app, service.feedback, service.models, service.traffic, service.metrics)
    shown.add(app, service.feedback is not None)
    return app


def _look(app: FastAPI, service: Service) -> None:
    """Routes that only look."""

    @app.get("/health", summary="Whether the server runs.")
    async def health() -> Response:
        if not service.models.alive:
            return failed("A worker has stopped: restart it.", HTTPStatus.SERVICE_UNAVAILABLE)
        return as_json({"status": "ok"})

    @app.get("/ready", summary="Whether it takes requests.")
    async def ready() -> Response:
        if service.traffic.stopping or not service.models.alive:
            return failed("The server is being stopped.", HTTPStatus.SERVICE_UNAVAILABLE)
        return as_json({"status": "ready"})

    @app.get("/metrics", summary="Counters for Prometheus.")
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/v1/models", summary="The models that are served.")
    async def models() -> Response:
        return as_json({"models": [one.facts() for one in service.models]})

    @app.get("/v1/model", summary="All that a model file says of itself.")
    async def model(model: ModelName = None) -> Response:
        served = service.models.get(model)
        content = served.sorter.content.model_dump(mode="json")
        return as_json({**content, "name": served.name, "card": served.sorter.card})


def _classify(app: FastAPI, service: Service) -> None:
    @app.post(
        "/v1/classify", summary="The classes of one or many images.",
        openapi_extra=documented.IMAGES, responses=documented.CLASSIFIED,
    )  # fmt: skip
    async def classify(request: Request, model: ModelName = None, top: Top = 5) -> Response:
        served = service.models.get(model)
        async with body_of(request, service.traffic) as body:
            template = served.answering.template
            uploads = await images_of(request, body, service.settings, template)
            names = [upload.name for upload in uploads]
            results = await finished(served.classify(uploads))
        answers = [
            _answer(served, name, result, top) for name, result in zip(names, results, strict=True)
        ]
        _count(service.metrics, served, answers)
        if all("error" in answer for answer in answers):
            raise _none_usable(results)
        return as_json({"model": served.name, "images": answers})


def _answer(
    served: Served, name: str, result: tuple[Picture, Answer] | BaseException, top: int
) -> dict[str, Any]:
    if isinstance(result, BaseException):
        return {"name": name, "error": sentence(result)}
    picture, answer = result
    return {
        "name": name,
        "id": picture.id,
        "width": picture.width,
        "height": picture.height,
        "notes": list(picture.notes),
        **served.answering.content(answer, top),
    }


def _count(metrics: Metrics, served: Served, answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        outcome = "refused" if "error" in answer else "classified"
        metrics.images.labels(served.name, outcome).inc()


def _none_usable(results: Sequence[Any]) -> Refusal:
    """The refusal of a request without one image that could be used."""
    first = results[0]
    status = first.status if isinstance(first, Refusal) else HTTPStatus.UNPROCESSABLE_ENTITY
    text = sentence(first)
    if len(results) > 1:
        text = f"None of the {len(results)} images can be used; of the first: {text}"
    return Refusal(status, text)


def _errors(app: FastAPI) -> None:
    """Every refusal is JSON with one sentence."""

    async def refusal(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return refused(error)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"][1:]))[:100]
        return failed(f"{where!r} is wrong: {first['msg']}.", HTTPStatus.UNPROCESSABLE_ENTITY)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.NOT_FOUND:
            text = "There is nothing under this address: /docs lists what there is."
        else:
            text = f"{request.method} is not possible here: {error.detail}."
        return failed(text, HTTPStatus(error.status_code))

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, WinnowError)
        busy = isinstance(error, StorageError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.UNPROCESSABLE_ENTITY
        return failed(sentence(error), status)

    async def fault(_: Request, error: Exception) -> Response:
        text = "Something went wrong in the server; its terminal says what."
        return failed(text, HTTPStatus.INTERNAL_SERVER_ERROR)

    app.add_exception_handler(Refusal, refusal)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(WinnowError, ours)
    app.add_exception_handler(Exception, fault)
