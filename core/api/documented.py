"""What the OpenAPI document says of bodies that the routes read by themselves."""

from __future__ import annotations

from typing import Any

_FILE = {"type": "string", "format": "binary"}
_WORDS = {
    "description": "The words of each image, for a model that reads some; in a form also "
    "as fields called like the columns that it reads."
}
IMAGES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "array", "items": _FILE},
                        "text": {"type": "array", "items": {"type": "string"}, **_WORDS},
                    },
                    "required": ["image"],
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "images": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "contentEncoding": "base64"},
                        },
                        "text": {
                            "type": ["array", "string"],
                            "items": {"type": ["string", "null"]},
                            **_WORDS,
                        },
                        "fields": {
                            "type": ["array", "object"],
                            "items": {"type": ["object", "null"]},
                            "description": "Instead of text: columns that the model reads.",
                        },
                    },
                    "required": ["images"],
                }
            },
            "image/jpeg": {"schema": _FILE},
        },
    }
}
"""One or many images, in one of three forms."""

_EXEMPLAR = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "path": {"type": "string"},
        "class": {"type": "string"},
        "similarity": {"type": "number"},
    },
}
_SHARE = {
    "type": "object",
    "properties": {"class": {"type": "string"}, "probability": {"type": "number"}},
}
_ANSWER = {
    "type": "object",
    "description": 'One image; "error" alone stands beside the name of one that cannot be used.',
    "properties": {
        "name": {"type": "string"},
        "id": {"type": "string", "description": "Content id: BLAKE2b of the file, 32 digits."},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "class": {"type": "string"},
        "probability": {"type": "number"},
        "set": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "Classes that cannot be ruled out; null where the model promises none.",
        },
        "top": {"type": "array", "items": _SHARE},
        "tags": {"type": "object"},
        "words": {"type": "string", "description": "What was read beside the picture, if any."},
        "why": {
            "type": "object",
            "properties": {
                "prompt": {"type": ["string", "null"]},
                "exemplars": {"type": "array", "items": _EXEMPLAR},
            },
        },
        "error": {"type": "string"},
    },
}


def _json(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _refusals(**texts: str) -> dict[int | str, dict[str, Any]]:
    schema = {
        "type": "object",
        "properties": {"error": {"type": "string"}},
        "required": ["error"],
    }
    return {int(code[1:]): _json(text, schema) for code, text in texts.items()}


_COMMON = _refusals(
    _401="The token is missing or wrong.",
    _408="The request did not arrive in time.",
    _413="Too many bytes, images or pixels.",
    _415="A body of another kind.",
    _422="What was sent cannot be used.",
    _429="Too much waits: come again after Retry-After seconds.",
    _503="The server is being stopped, or a disk refuses.",
    _504="There was no answer in time.",
)
CLASSIFIED: dict[int | str, dict[str, Any]] = {
    200: _json(
        "An answer an image, in the order of the images.",
        {
            "type": "object",
            "properties": {
                "model": {"type": "string"},
                "images": {"type": "array", "items": _ANSWER},
            },
        },
    ),
    **_refusals(_404="There is no such model."),
    **_COMMON,
}
SEARCHED: dict[int | str, dict[str, Any]] = {
    200: _json(
        "Labeled images, most similar first.",
        {
            "type": "object",
            "properties": {
                "model": {"type": "string"},
                "images": {"type": "array", "items": _EXEMPLAR},
            },
        },
    ),
    **_refusals(_404="There is no such model, or it holds no labeled images."),
    **_COMMON,
}
STORED: dict[int | str, dict[str, Any]] = {
    200: _json(
        "It is on disk.",
        {
            "type": "object",
            "properties": {
                "stored": {"type": "boolean"},
                "again": {"type": "boolean", "description": "It had been there before."},
                "kind": {"type": "string"},
                "label": {"type": ["string", "null"]},
            },
        },
    ),
    **_refusals(_409="The key was used for another answer."),
    **_COMMON,
}
