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
from core.runtime.spelling import same
from core.services.predict.word_template import WordTemplate
from core.services.sorter.words.speech import filled

_LONGEST_NAME = 200
_LONGEST_TEXT = 10_000
_OTHER_FIELDS = 20
_FIELD, _TEXT = "image", "text"
T = TypeVar("T", bound=BaseModel)


_Words = Annotated[str, Field(max_length=_LONGEST_TEXT)]


class Images(BaseModel):
    """Images in JSON."""

    model_config = ConfigDict(extra="forbid", strict=True)
    images: Annotated[list[str], Field(min_length=1, description="Each file's bytes in base64.")]
    text: Annotated[
        _Words | list[_Words | None] | None,
        Field(description="The words of each image, or of the only one."),
    ] = None
    fields: Annotated[
        dict[str, _Words] | list[dict[str, _Words] | None] | None,
        Field(description="Instead of text: the columns of each image that the model reads."),
    ] = None


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


async def images_of(
    request: Request, body: bytes, settings: Settings, template: WordTemplate | None = None
) -> list[Upload]:
    """The images of a request, at least one, each with its words.

    Args:
        template: the columns that the model reads beside pictures; None where it reads none.

    Raises:
        Refusal: there is none, there are too many, the body is of another kind, or words come for
            a model that reads none, or not as many as images.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        uploads = await _of_form(request, body, settings, template)
    elif kind == "application/json":
        uploads = _of_json(body, settings, template)
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


def _of_json(body: bytes, settings: Settings, template: WordTemplate | None) -> list[Upload]:
    content = parsed(body, Images)
    if len(content.images) > settings.images:
        raise _too_many(settings)
    words = _words_of(content, template)
    if words and len(words) != len(content.images):
        raise _not_as_many(len(words), len(content.images))
    return [
        Upload(from_base64(text, f"Image {n}"), words=words[n - 1] if words else "")
        for n, text in enumerate(content.images, 1)
    ]


def _words_of(content: Images, template: WordTemplate | None) -> list[str]:
    """The words of the images in JSON; [] where none came."""
    if content.text is None and content.fields is None:
        return []
    if template is None:
        raise _reads_none()
    if content.text is not None and content.fields is not None:
        raise _unusable('Send either "text" or "fields", not both.')
    if content.text is not None:
        texts = [content.text] if isinstance(content.text, str) else content.text
        return [(text or "").strip() for text in texts]
    fields = [content.fields] if isinstance(content.fields, dict) else content.fields or []
    return [filled(template, one or {}) for one in fields]


async def _of_form(
    request: Request, body: bytes, settings: Settings, template: WordTemplate | None
) -> list[Upload]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    texts = settings.images * len(template.columns) if template else 0
    parser = _Form(
        request.headers, whole(), max_files=settings.images + 1,
        max_fields=_OTHER_FIELDS + texts, max_part_size=MEGABYTE,
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
        values = [(name, v) for name, v in form.multi_items() if isinstance(v, str)]
        words = _words_in(values, len(files), template)
        return [
            Upload(await file.read(), _name(file.filename), text)
            for file, text in zip(files, words, strict=True)
        ]
    finally:
        await form.close()


def _words_in(
    values: list[tuple[str, str]], images: int, template: WordTemplate | None
) -> list[str]:
    """The words of the images of a form: its fields "text", else those called as columns are."""
    texts = [value for name, value in values if name == _TEXT]
    if template is None:
        if texts:
            raise _reads_none()
        return [""] * images
    columns = {same(name): name for name in template.columns}
    by_column: dict[str, list[str]] = {_TEXT: texts} if texts else {}
    for name, value in [] if texts else values:
        if same(name) in columns:
            by_column.setdefault(columns[same(name)], []).append(value)
    for own in by_column.values() if images else ():
        if len(own) != images:
            raise _not_as_many(len(own), images)
        if max(map(len, own), default=0) > _LONGEST_TEXT:
            raise _unusable(f"A text has more than {_LONGEST_TEXT:,} characters: shorten it.")
    if texts and images:
        return [text.strip() for text in texts]
    return [template.fill({name: own[n] for name, own in by_column.items()}) for n in range(images)]


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


def _reads_none() -> Refusal:
    return _unusable(
        "This model judges pictures alone: leave the text out, or serve a model file that was "
        "exported from a question in which words count."
    )


def _not_as_many(words: int, images: int) -> Refusal:
    return _unusable(
        f"There are {words} texts for {images} images: send one for each, empty where an image has "
        "none."
    )


def _unusable(text: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(text.split()))


def _line(error: Any) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
