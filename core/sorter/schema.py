"""What stands in a model file, checked before anything is believed of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

FORMAT, VERSION = "winnow-model", 2
"""A file without words is of version 1 still, which every Winnow reads."""
MOST_CLASSES, MOST_TAGS, MOST_DIM = 1_000, 2_000, 8_192
MOST_EXEMPLARS, MOST_REFERENCE, MOST_TRUSTS = 50_000, 5_000, 16
MOST_MIXES, MOST_DIRECTIONS, MOST_TEMPLATE = 16, 1_000, 500
"""More than any real file holds; what is over it is refused before memory is spent."""

_Name = Annotated[str, Field(min_length=1, max_length=500)]
_Text = Annotated[str, Field(max_length=10_000)]
_Share = Annotated[float, Field(ge=0.0, le=1.0)]
_Count = Annotated[int, Field(ge=0, le=10**12)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Positive = Annotated[float, Field(gt=0.0, lt=1e9)]
_Scale = Annotated[float, Field(ge=0.0, lt=1e9)]


class _Part(BaseModel):
    # Built when a file is first read: that takes longer than the module.
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, defer_build=True)


class EncoderPart(_Part):
    """The model that makes vectors of images.

    Attributes:
        spec: what to load; identity: what it must be once loaded.
        looks: first and last number, excluded, that tell how an image looks.
        preprocessing: digest of what the encoder makes of a drawn picture's pixels.
    """

    spec: _Name
    identity: Annotated[str, Field(min_length=1, max_length=80)]
    title: _Text
    dim: Annotated[int, Field(ge=1, le=MOST_DIM)]
    looks: tuple[_Count, _Count]
    preprocessing: _Digest
    licence: _Text | None = None

    @model_validator(mode="after")
    def _inside(self) -> EncoderPart:
        begin, end = self.looks
        if not 0 <= begin < end <= self.dim:
            raise ValueError(f"looks {begin}..{end} lie outside 0..{self.dim}")
        return self


class ClassPart(_Part):
    """A class: its prompts, how many images were labeled, and from when it can be taken as sorted.

    Attributes:
        threshold: probability from which a prediction of it holds the conformal promise; 0: none.
        images, share: of the collection that were sorted into it.
        seen: images of the collection, or of a sample, that heads put there which did not see them.
    """

    name: _Name
    prompts: list[_Text]
    labels: _Count
    threshold: _Share
    images: _Count
    share: _Share
    seen: _Count


class HeadPart(_Part):
    """How the head was made, and how near it comes to the collection's own predictions.

    Attributes:
        kind: "prompts" without labels, "plain" of labels alone, "distilled" of the collection.
        agreement: share of images kept aside that it gives the class the collection gives them.
        plain_agreement: the same of the plain head.
        flat: zero-shot logit of the last class where that has no prompts; None where all have some.
    """

    kind: Literal["prompts", "plain", "distilled"]
    zero_temperature: _Positive
    temperature: _Positive
    centring: Literal["none", "scores", "images"]
    agreement: _Share | None = None
    plain_agreement: _Share | None = None
    flat: Annotated[float, Field(gt=-1e9, lt=1e9)] | None = None

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Files of sorters whose classes all have prompts stay as they were."""
        content: dict[str, Any] = whole(self)
        if self.flat is None:
            content.pop("flat", None)
        return content


class Person(_Part):
    """Who labeled how many."""

    name: _Text
    labels: _Count


class LabelsPart(_Part):
    """The labels that it was learned from. Times are ISO 8601 in UTC."""

    count: _Count
    audit: _Count
    people: list[Person]
    first: _Text | None
    last: _Text | None


class Conformal(_Part):
    """Classes of at least this probability are in the set, right with this level."""

    level: _Share
    floor: _Share


class CalibrationPart(_Part):
    """How a tag's similarities become confidences: see `core.tags.scores.Calibration`."""

    mean: float
    deviation: _Positive
    centre: float
    scale: _Positive
    accept: _Share
    reject: _Share
    source: Literal["collection", "hand"]


class TagPart(_Part):
    """A tag with its calibration; ``learned``: labels took part, so it has a model too."""

    code: _Name
    label: _Text
    description: _Text
    type: _Text
    prompts: list[_Text]
    contrast: list[_Text]
    calibration: CalibrationPart
    learned: bool


class DerivedPart(_Part):
    """A tag that is a rule over others."""

    code: _Name
    rule: _Text
    label: _Text
    description: _Text


class Figure(_Part):
    """A share with its 95 % interval."""

    value: _Share
    low: _Share
    high: _Share


class MixPart(_Part):
    """One regression on pictures and words: its share of the average, and whose zero-shot logits it
    starts from."""

    share: _Share
    offsets: Literal["picture", "joint", "words"]


class WordsPart(_Part):
    """What judges images that come with words: see `core.sorter.words.WordHead`.

    Attributes:
        template: columns that speak, such as "{title}. {keywords}".
        kind: as of `HeadPart`; agreement, plain_agreement: as there, of images with words.
        score_temperature: what scores of texts are divided by to be logits.
        scales: of the picture's and the words' logits in their sum.
        temperature: what log probabilities are divided by at last.
        thresholds: a class, as of `ClassPart`; 0: none.
        images, audit: how many of the collection and of its labeled random images had words.
        accuracy: of those random images.
    """

    template: Annotated[str, Field(min_length=1, max_length=MOST_TEMPLATE)]
    kind: Literal["prompts", "plain", "distilled"]
    score_temperature: _Positive
    scales: tuple[_Scale, _Scale]
    temperature: _Positive
    thresholds: Annotated[list[_Share], Field(max_length=MOST_CLASSES)]
    images: _Count
    audit: _Count
    agreement: _Share | None = None
    plain_agreement: _Share | None = None
    accuracy: Figure | None = None
    parts: Annotated[list[MixPart], Field(min_length=1, max_length=MOST_MIXES)]

    @model_validator(mode="after")
    def _whole(self) -> WordsPart:
        if abs(sum(part.share for part in self.parts) - 1) > 1e-6:
            raise ValueError("the shares of its parts are no shares of one")
        return self


class Content(_Part):
    """``model.json``: all of a model file that is no array.

    Attributes:
        texts: digest of the text vectors, by which two files' prompts are compared.
        accuracy, metrics, basis: of audit images; None without enough of them.
        words: what judges images that come with words; None: pictures alone are judged.
        files: digest of each other member.
    """

    format: Literal["winnow-model"]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    name: _Name
    question: _Text
    created: _Text
    winnow: _Text
    encoder: EncoderPart
    classes: Annotated[list[ClassPart], Field(min_length=2, max_length=MOST_CLASSES)]
    head: HeadPart
    labels: LabelsPart
    images: _Count
    texts: _Digest
    conformal: Conformal | None = None
    accuracy: Figure | None = None
    metrics: dict[str, Any] | None = None
    basis: _Text | None = None
    tags: Annotated[list[TagPart], Field(max_length=MOST_TAGS)] = []
    derived: Annotated[list[DerivedPart], Field(max_length=MOST_TAGS)] = []
    words: WordsPart | None = None
    files: dict[_Name, _Digest]

    @model_validator(mode="after")
    def _distinct(self) -> Content:
        names = [part.name for part in self.classes]
        if len(set(names)) < len(names):
            raise ValueError("two classes have one name")
        if self.words is not None and len(self.words.thresholds) != len(names):
            raise ValueError("words have not one threshold a class")
        return self

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Files of sorters without words stay as they were."""
        content: dict[str, Any] = whole(self)
        if self.words is None:
            content.pop("words", None)
        return content

    @property
    def names(self) -> list[str]:
        """(K,) names of the classes."""
        return [part.name for part in self.classes]
