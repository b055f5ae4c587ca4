"""Vocabularies of tags as people write them in YAML: read and checked, with clear errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from core.prompts import yaml_file
from core.prompts.vocabulary import clean
from core.prompts.yaml_file import ATTRIBUTE_KEYS, TAG_KEYS, Document
from core.runtime.errors import WinnowError
from core.tags.attributes import FormError, in_own_words, rule_text
from core.tags.checks import Place, problems
from core.tags.rules import RuleError
from core.tags.vocabulary import DEFAULT_TYPE, Derived, Settings, Tag, Tags

MAX_TAGS = 1_000
MAX_DERIVED = 200
MAX_PROMPTS = 50
MAX_PROMPT = 500


def _line(value: Any) -> Any:
    # A YAML tag can ask for a number; as text it is what was typed, as near as can be.
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError("must be a line of text")
    line = clean(str(value))
    if len(line) > MAX_PROMPT:
        raise ValueError(f"has {len(line)} characters, at most {MAX_PROMPT} fit")
    return line


def _filled_line(value: Any) -> Any:
    line = _line(value)
    if not line:
        raise ValueError("must not be empty")
    return line


def _lines(value: Any) -> Any:
    lines = value if isinstance(value, list) else [] if value is None else [value]
    if len(lines) > MAX_PROMPTS:
        raise ValueError(f"holds {len(lines)} lines, at most {MAX_PROMPTS} fit")
    return lines


Line = Annotated[str, BeforeValidator(_line)]
Filled = Annotated[str, BeforeValidator(_filled_line)]
Lines = Annotated[list[Filled], BeforeValidator(_lines)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    centre: Annotated[float, Field(ge=-100, le=100)] | None = None
    scale: Annotated[float, Field(ge=0.01, le=100)] | None = None
    accept: Share | None = None
    reject: Share | None = None


class _Tag(_Settings):
    code: Filled
    label: Line = ""
    description: Line = ""
    type: Filled = DEFAULT_TYPE
    prompts: Lines = []
    contrast: Lines = []


class _Derived(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Filled
    rule: Annotated[str, BeforeValidator(_line)]
    label: Line = ""
    description: Line = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    templates: Lines = []
    defaults: _Settings = _Settings()
    tags: Annotated[list[_Tag], Field(max_length=MAX_TAGS)] = []
    derived: Annotated[list[_Derived], Field(max_length=MAX_DERIVED)] = []


def read(path: Path) -> Tags:
    """Read a vocabulary of tags from disk; WinnowError when it is none or holds no tag."""
    tags = parse(yaml_file.read_text(path, "The vocabulary"), str(path))
    if not tags.tags:
        raise WinnowError(
            f"{path} holds no tags: write  tags:  and below it lines such as  moon: the full moon"
        )
    return tags


def parse(text: str, where: str) -> Tags:
    """Read the tags of a vocabulary file; without the key ``tags`` there are none.

    Args:
        text: YAML; its ``classes`` are passed over.
        where: the file's name, for messages.

    Raises:
        WinnowError: what is wrong, with the line, the key and what is allowed.
    """
    return tags_of(yaml_file.load(text, where), where)


def tags_of(document: Document, where: str) -> Tags:
    """The tags of a vocabulary file; see ``parse``."""
    content = document.content
    if content is None:
        return Tags()
    if not isinstance(content, Mapping):
        raise WinnowError(
            f"{where} is no vocabulary: write  tags:  and below it  code: description"
        )
    source = _Source(where, document.node)
    for key in content:
        if key not in ("classes", "none", *TAG_KEYS, *ATTRIBUTE_KEYS):
            source.refuse((key,), f"is unknown: allowed are classes, {', '.join(TAG_KEYS)}")
    try:
        prepared, source.names = in_own_words(content)
    except FormError as error:
        source.refuse(error.place, error.reason)
    for kind, short in (("tags", _short_tag), ("derived", _short_rule)):
        if kind in prepared:
            prepared[kind] = _entries(source, kind, prepared[kind], short)
    try:
        file = _File.model_validate({k: v for k, v in prepared.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason = _reason(first["loc"], first["type"], first["msg"])
        source.refuse(_named(first["loc"], prepared), reason)
    tags = _tags(file)
    for place, reason in problems(tags):
        source.refuse(place, reason)
    return tags


def _entries(source: _Source, kind: str, value: Any, short: Any) -> list[Any]:
    """Both ways of writing, code → entry and a list of entries, as a list of mappings."""
    entries = _listed(source, kind, value, short)
    for entry in entries:
        if isinstance(rule := entry.get("rule"), Mapping):
            try:
                entry["rule"] = rule_text(rule)
            except RuleError as error:
                source.refuse((kind, str(entry.get("code", "")), "rule"), str(error))
    return entries


def _listed(source: _Source, kind: str, value: Any, short: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        for code, entry in value.items():
            if isinstance(entry, Mapping) and "code" in entry:
                source.refuse((kind, code), "has a second code inside: remove that line")
        return [{"code": code, **_filled(short(entry))} for code, entry in value.items()]
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        source.refuse((kind,), "must be lines such as  moon: the full moon")
    return [_filled(entry) for entry in value]


def _filled(entry: Any) -> dict[Any, Any]:
    return {key: value for key, value in entry.items() if value is not None}


def _short_tag(entry: Any) -> Any:
    if entry is None:
        return {}
    if isinstance(entry, list):
        return {"prompts": entry}
    return entry if isinstance(entry, Mapping) else {"description": entry}


def _short_rule(entry: Any) -> Any:
    return entry if isinstance(entry, Mapping) else {"rule": entry}


def _named(place: Place, content: Mapping[str, Any]) -> Place:
    """A pydantic place with the codes of entries instead of their numbers."""
    if len(place) < 2 or place[0] not in ("tags", "derived"):
        return place
    entry = content[str(place[0])][place[1]]
    return (place[0], str(entry.get("code", place[1])), *place[2:])


def _reason(place: Place, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"tags": _Tag, "derived": _Derived}
        model = models.get(str(place[0]), _Settings)
        allowed = [key for key in model.model_fields if key != "code"]
        return f"is unknown: allowed are {', '.join(allowed)}"
    reason = message.removeprefix("Value error, ").removeprefix("Input ").strip()
    return {"Field required": "is missing"}.get(reason, reason[:1].lower() + reason[1:])


@dataclass
class _Source:
    """Where tags come from, for messages.

    Attributes:
        where: the file's name.
        node: its content, which knows lines.
        names: key of a usual file → the key in this one, where that is another.
    """

    where: str
    node: Node | None
    names: dict[str, str] = field(default_factory=dict)

    def refuse(self, place: Place, reason: str) -> NoReturn:
        """WinnowError with the line and the place as the file names it."""
        own = (self.names.get(str(place[0]), place[0]), *place[1:])
        line = _line_of(self.node, own)
        shown = ".".join(clean(str(part))[:MAX_PROMPT] for part in own)
        end = "" if reason.endswith("?") else "."
        at = f" line {line}" if line else ""
        raise WinnowError(f"{self.where}{at}: {shown} {reason}{end}")


def _line_of(node: Node | None, place: Place) -> int | None:
    """Line of the deepest part of a place that the file has, from 1."""
    line = None
    for part in place:
        below = _below(node, part)
        if below is None:
            break
        line, node = below[0].start_mark.line + 1, below[1]
    return line


def _below(node: Node | None, part: str | int) -> tuple[Node, Node] | None:
    """The nodes of a key and its value, for an entry of a list twice the entry."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), None)
    if not isinstance(node, SequenceNode):
        return None
    if isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return _entry_of(node, str(part))


def _entry_of(node: SequenceNode, code: str) -> tuple[Node, Node] | None:
    """The last entry of a list that carries this code, since of two the second is too many."""
    for entry in reversed(node.value):
        if isinstance(entry, MappingNode) and any(
            key.value == "code" and value.value == code for key, value in entry.value
        ):
            return entry, entry
    return None


def _tags(file: _File) -> Tags:
    def settings(entry: _Settings) -> Settings:
        return Settings(entry.centre, entry.scale, entry.accept, entry.reject)

    return Tags(
        tuple(
            Tag(
                tag.code,
                tag.label,
                tag.description,
                tag.type,
                tuple(tag.prompts),
                tuple(tag.contrast),
                settings(tag),
            )
            for tag in file.tags
        ),
        tuple(Derived(tag.code, tag.rule, tag.label, tag.description) for tag in file.derived),
        tuple(file.templates),
        settings(file.defaults),
    )
