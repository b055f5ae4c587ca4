"""Classes and their prompts, as people write them in ``prompts.yaml``."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from core.prompts import yaml_file
from core.prompts.templates import expand
from core.prompts.yaml_file import ATTRIBUTE_KEYS, TAG_KEYS, Document
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, fault, pair, twins

MAX_CLASSES = 1_000
_OF_TAGS = (*TAG_KEYS, *ATTRIBUTE_KEYS)
SHOWN = 40
"""Characters of an impossible name that a sentence repeats."""


@dataclass(frozen=True)
class Vocabulary:
    """Class name → its prompts, in the order in which people wrote them. Hashable by content."""

    classes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, classes: Mapping[str, Iterable[str]]) -> Vocabulary:
        """From a mapping; names and prompts are stripped, empty prompts dropped."""
        return cls(
            tuple(
                (clean(name), tuple(p for p in map(clean, prompts) if p))
                for name, prompts in classes.items()
            )
        )

    @property
    def names(self) -> list[str]:
        """(K,) names of the classes."""
        return [name for name, _ in self.classes]

    def prompts(self) -> dict[str, list[str]]:
        """Class name → prompts, as plain data."""
        return {name: list(prompts) for name, prompts in self.classes}

    def problem(self) -> str | None:
        """Why this cannot be used for predictions yet, as one sentence; None when it can."""
        names = [name for name in self.names if name]
        if len(names) < len(self.classes):
            return "A class has no name: name it or remove it."
        if twice := twins(names):
            return (
                f"The classes {pair(*twice[0])} are one name twice, but for case and signs that "
                "nobody sees: rename or remove one of them."
            )
        empty = next((name for name, prompts in self.classes if not prompts), None)
        if empty is not None:
            return f"The class {empty!r} has no prompts: write a sentence that describes it."
        if not names:
            return "There are no classes: name at least two."
        if len(names) == 1:
            return (
                f"There is only one class, {names[0]!r}: name a second one to tell it from, "
                "such as 'other'."
            )
        return None

    def checked(self, where: str) -> Vocabulary:
        """This vocabulary.

        Raises:
            WinnowError: its ``problem``, with ``where`` it came from.
        """
        problem = self.problem()
        if problem:
            raise WinnowError(f"{where}: {problem}")
        return self


class _File(BaseModel):
    """What a prompts file may hold."""

    model_config = ConfigDict(extra="forbid")

    classes: dict[str, list[str]]

    @field_validator("classes", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(
                "must be a list of names with their prompts, such as  dress: [a dress]"
            )
        if len(value) > MAX_CLASSES:
            raise ValueError(f"holds {len(value)} classes, at most {MAX_CLASSES} are possible")
        return _classes(value)


def from_names(
    names: Iterable[str], prompts_of: Callable[[str], tuple[str, ...]] = expand
) -> Vocabulary:
    """A vocabulary from bare class names.

    Args:
        prompts_of: makes the prompts of a name; by default the general templates around it.

    Raises:
        WinnowError: the names cannot be used as classes.
    """
    where = "The classes given"
    cleaned = list(filter(None, map(clean, names)))
    for name in cleaned:
        if reason := fault(name):
            raise WinnowError(f"{where}: {name[:SHOWN]!r}… {reason}: shorten it.")
    return Vocabulary(tuple((name, prompts_of(name)) for name in cleaned)).checked(where)


def parse(text: str, where: str) -> Vocabulary:
    """Read the classes of a prompts file.

    Args:
        text: YAML with the key ``classes``; keys of tags are passed over.
        where: the file's name, for messages.

    Raises:
        WinnowError: what is wrong, with the line where YAML itself is at fault.
    """
    return classes_of(yaml_file.load(text, where), where)


def classes_of(document: Document, where: str) -> Vocabulary:
    """The classes of a vocabulary file; see ``parse``."""
    content = document.content
    if isinstance(content, Mapping):
        others = {key: value for key, value in content.items() if key not in _OF_TAGS}
        if not others and content:
            return Vocabulary()
        content = others
    if not isinstance(content, Mapping) or "classes" not in content:
        raise WinnowError(
            f"{where} has no 'classes': write  classes:  and below it each class with its prompts."
        )
    try:
        file = _File.model_validate(dict(content))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise WinnowError(
                f"{where} has the unknown key {place!r}: only 'classes' is allowed, and for tags "
                f"{', '.join(map(repr, TAG_KEYS))}."
            ) from None
        reason = first["msg"].removeprefix("Value error, ")
        raise WinnowError(f"{where}: {place} {reason}.") from None
    return Vocabulary.of(file.classes)


def read(path: Path) -> Vocabulary:
    """Read a prompts file from disk and check that predictions can be made from it.

    Raises:
        WinnowError: it cannot be read, is not valid, or its classes cannot be used yet.
    """
    return parse(yaml_file.read_text(path, "The prompts file"), str(path)).checked(str(path))


def dump(vocabulary: Vocabulary, previous: str | None = None) -> str:
    """YAML text of a vocabulary; comments of the ``previous`` text survive where their key does."""
    yaml = yaml_file.round_trip()
    document = _load_with_comments(yaml, previous)
    classes = document.setdefault("classes", CommentedMap())
    wanted = vocabulary.prompts()
    for key in [key for key in classes if _as_name(key) not in wanted]:
        del classes[key]
    keys = {_as_name(key): key for key in classes}
    for name, prompts in wanted.items():
        key = keys.get(name, name)
        if key not in classes or not _holds(classes[key], prompts):
            classes[key] = prompts
    if [_as_name(key) for key in classes] != list(wanted):
        for name in wanted:
            classes.move_to_end(keys.get(name, name))
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse names of classes that a vocabulary file could not hold, before anything is written.

    Args:
        names: of all classes, as they would be after the change.
        where: begins the sentence.

    Raises:
        WinnowError: a name shows nothing or is too long, or there are more than `MAX_CLASSES`.
    """
    every = list(names)
    for name in every:
        if reason := fault(name):
            raise WinnowError(f"{where}: {name[:SHOWN]!r} {reason}: change it.")
    if len(every) > MAX_CLASSES:
        raise WinnowError(
            f"{where}: that makes {len(every):,} classes, at most {MAX_CLASSES:,} are possible. "
            "Numbers of products or images are no classes: bring a column with fewer names."
        )


def _as_name(key: Any) -> str:
    return clean(str(getattr(key, "value", key)))


def _holds(value: Any, prompts: list[str]) -> bool:
    """Whether what stands in the file are these prompts already."""
    try:
        return [p for p in map(clean, _prompts("", value)) if p] == prompts
    except ValueError:
        return False


def _load_with_comments(yaml: YAML, text: str | None) -> CommentedMap:
    if not text:
        return CommentedMap()
    try:
        document = yaml.load(text)
    except YAMLError:
        return CommentedMap()
    usable = isinstance(document, CommentedMap) and isinstance(
        document.get("classes", CommentedMap()), CommentedMap
    )
    return document if usable else CommentedMap()


def _classes(value: Mapping[Any, Any]) -> dict[str, list[str]]:
    """Name → prompts; ValueError for names that cannot be, or are one once they are cleaned."""
    written: dict[str, str] = {}
    classes: dict[str, list[str]] = {}
    for key, prompts in value.items():
        spelled = _scalar(key, "a class name")
        name = clean(spelled)
        if name in classes:
            raise ValueError(
                f"holds {pair(written[name], spelled)}, which are one class without the signs that "
                "nobody sees: rename or remove one of them"
            )
        written[name], classes[name] = spelled, _prompts(name, prompts)
        if not name:
            raise ValueError("holds a class without a name")
        if reason := fault(name):
            raise ValueError(f"holds the class name {name[:SHOWN]!r}…, which {reason}")
    return classes


def _prompts(name: Any, value: Any) -> list[str]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [_scalar(item, f"each prompt of {name}") for item in items if item is not None]


def _scalar(value: Any, what: str) -> str:
    # A YAML tag can ask for a number; as a name it is what was typed, as near as can be.
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"holds a {type(value).__name__} where {what} should be a line of text")
