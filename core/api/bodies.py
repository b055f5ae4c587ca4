"""From a request's body to images: a form, JSON with base64, or the bytes of one image."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from core.api.decoding import Upload
from core.api.limits import Traffic
from core.api.settings import MEGABYTE, Refusal, Settings
from core.runtime import inputs

_LONGEST_NAME = 200
_FIELD = "image"
T = TypeVar("T", bound=BaseModel)


class Images(BaseModel):
    """Images in JSON."""

    model_config = ConfigDict(extra="forbid", strict=True)
    images: Annotated[list[str], Field(min_length=1, description="Each file's bytes in base64.")]


class _Form(MultiPartParser):
    """A form that is kept in memory, as much as a body may have: the disk may be read-only."""

    spool_max_size = 1 << 40


@asynccontextmanager
async def body_of(request: Request, traffic: Traffic) -> AsyncGenerator[bytes, None]:
    """The body of a request, counted until the block ends.

    Raises:
        Refusal: it is too large, all bodies together are, or it does not come.
    """
    limit, size, parts = traffic.settings.body_bytes, 0, []
    _check_length(request.headers.get("content-length", ""), limit)
    try:
        try:
            async for part in request.stream():
                traffic.take(len(part))
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
        except ClientDisconnect as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The request was broken off.") from error
        yield b"".join(parts)
    finally:
        traffic.give_back(size)


async def images_of(request: Request, body: bytes, settings: Settings) -> list[Upload]:
    """The images of a request, at least one.

    Raises:
        Refusal: there is none, there are too many, or the body is of another kind.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        uploads = await _of_form(request, body, settings)
    elif kind == "application/json":
        uploads = [_of_base64(text, n) for n, text in enumerate(_listed(body, settings), 1)]
    elif kind.startswith("image/") or kind == "application/octet-stream":
        uploads = [Upload(body)]
    else:
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send images as multipart/form-data, as application/json with base64, or one as "
            "image/jpeg or the like.",
        )
    if not uploads:
        raise _unusable(f'The form holds no file: name its field "{_FIELD}".')
    return uploads


def parsed(body: bytes, kind: type[T]) -> T:
    """A JSON body as what it must be.

    Raises:
        Refusal: it is something else; the sentence says where.
    """
    try:
        content = inputs.parse_json(body)
    except ValueError as error:
        raise _unusable(f"The body is no JSON: {_line(error)}.") from error
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))[:100] or "the body"
        raise _unusable(f"In the JSON {where!r} is wrong: {first['msg']}.") from error


def from_base64(text: str, what: str) -> bytes:
    """The bytes of a text in base64.

    Raises:
        Refusal: it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unusable(f"{what} is no base64: {_line(error)}.") from error


def _listed(body: bytes, settings: Settings) -> list[str]:
    images = parsed(body, Images).images
    if len(images) > settings.images:
        raise _too_many(settings)
    return images


def _of_base64(text: str, number: int) -> Upload:
    return Upload(from_base64(text, f"Image {number}"))


async def _of_form(request: Request, body: bytes, settings: Settings) -> list[Upload]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _Form(
        request.headers, whole(), max_files=settings.images + 1, max_fields=20,
        max_part_size=MEGABYTE,
    )  # fmt: skip
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _unusable(f"The form cannot be read: {_line(error.message)}.") from error
    except (ValueError, LookupError, TypeError) as error:  # of its headers
        raise _unusable("The form cannot be read: its headers are damaged.") from error
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if len(files) > settings.images:
            raise _too_many(settings)
        return [Upload(await file.read(), _name(file.filename)) for file in files]
    finally:
        await form.close()


def _name(text: str | None) -> str:
    """What a client calls a file, without folders and of a sensible length."""
    return (text or "").replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]


def _check_length(text: str, limit: int) -> None:
    if text.isascii() and text.isdigit() and int(text[:20]) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The request has more than {limit / MEGABYTE:,.0f} MB, the most that this server takes: "
        "send fewer images at once, or smaller ones.",
    )


def _too_many(settings: Settings) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The request holds more than {settings.images} images: send them in several.",
    )


def _unusable(text: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(text.split()))


def _line(error: Any) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
