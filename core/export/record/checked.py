"""Checks a manifest that comes from anywhere, so that whoever uses it need not doubt any of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError

from core.runtime.errors import WinnowError

_MOST = 20_000_000  # images, labels, groups: more than any collection
_LONGEST = 40_000


def _text(value: object) -> object:
    # Not pydantic's own text: a file's name may hold bytes that are no Unicode.
    if type(value) is not str:
        raise ValueError("it should be a text")
    if len(value) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST:,} characters")
    return value


Text = Annotated[str, PlainValidator(_text)]
Texts = Annotated[list[Text], Field(max_length=100_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    """A part of the manifest; what is not named is a newer Winnow's, or nobody's, and stays."""

    model_config = ConfigDict(extra="allow", strict=True)


class _File(_Part):
    path: Text
    id: Text
    size: int | None
    source: Text
    probability: Number | None
    review: bool
    file: Text | None
    split: Text | None
    group: Text | None
    doubt: Text | None
    # A field called as a keyword of Python is named apart.
    label: Text = Field(alias="class")


class _Encoder(_Part):
    spec: Text | None = None
    identity: Text | None = None
    device: Text | None = None


class _Labels(_Part):
    classes: dict[Text, Text] = Field(max_length=_MOST)
    from_file: list[Text] = Field(max_length=_MOST)
    digest: Text | None = None


class _Options(_Part):
    mode: Text
    splits: list[Number] | None
    review_below: Number | None
    review_margin: Number | None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    formats: Texts
    verify: bool
    unreadable: Text = "keep"
    csv_safe: bool = False
    review_ratio: Number | None = None
    questions: Texts = []
    columns: Annotated[list[Texts], Field(max_length=10_000)] = []


class _RunOptions(_Part):
    export: _Options
    refined: bool = False
    head: Text | None = None


class _Manifest(_Part):
    encoder: _Encoder
    prompts: dict[Text, Texts] = Field(max_length=100_000)
    classes: Texts | None = None
    labels: _Labels
    options: _RunOptions
    files: list[_File] = Field(max_length=_MOST)
    images_root: Text | None = None
    python: Text | None = None
    packages: dict[Text, Text | None] | None = None
    probabilities_digest: Text | None = None


def check_manifest(document: Mapping[str, Any], name: str) -> None:
    """Refuse a manifest that does not hold what a repetition needs, in its proper types.

    Args:
        document: the manifest, as JSON gives it.
        name: what messages call it.

    Raises:
        WinnowError: something is missing or of a wrong kind; the sentence names the place.
    """
    try:
        _adapter().validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise WinnowError(
            f"The manifest {name} lacks a proper entry {place!r} ({first['msg'].lower()}); use it "
            "as Winnow wrote it."
        ) from None
    paths = [entry["path"] for entry in document["files"]]
    if len(set(paths)) != len(paths):
        raise WinnowError(
            f"The manifest {name} names one image more than once; use it as Winnow wrote it."
        )


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[_Manifest]:
    return TypeAdapter(_Manifest)
