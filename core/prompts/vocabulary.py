"""Classes and their prompts, as people write them in ``prompts.yaml``.

Classes may stand in groups, and those in groups again: a name with ``children:`` is a group. The
classes themselves stay one list, from left to right as the file has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from core.prompts import grouping, yaml_file
from core.prompts.templates import expand
from core.prompts.yaml_file import ATTRIBUTE_KEYS, TAG_KEYS, Document
from core.prompts.yaml_scalars import plain_text
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, fault, pair, twins

MAX_CLASSES = 1_000
_OF_TAGS = (*TAG_KEYS, *ATTRIBUTE_KEYS)
SHOWN = 40
"""Characters of an impossible name that a sentence repeats."""
NONE_PROMPT = "(none of the other classes)"
"""Stands in place of prompts at the class of what is none of the others; nothing is scored with it.
In the file such a class is the key ``none``, beside ``classes``."""


@dataclass(frozen=True)
class Vocabulary:
    """Class name → its prompts, in the order in which people wrote them. Hashable by content.

    Attributes:
        classes: (name, prompts) of each class.
        groups: (name, its own prompts, name of the group that it stands in or "") of each group of
            classes, a group before those in it. A group's prompts speak for every class in it.
        parents: (class, group) of the classes that stand in a group.
    """

    classes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    groups: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    parents: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """The class for none of the others stands last, and in no group."""
        if any(prompts == (NONE_PROMPT,) for _, prompts in self.classes):
            ordered = tuple(sorted(self.classes, key=lambda entry: entry[1] == (NONE_PROMPT,)))
            parents = tuple(pair for pair in self.parents if pair[0] != self.none)
            vars(self).update(classes=ordered, parents=parents)

    @classmethod
    def of(cls, classes: Mapping[str, Iterable[str]]) -> Vocabulary:
        """From a mapping; names and prompts are stripped, empty prompts dropped."""
        return cls(
            tuple(
                (clean(name), tuple(p for p in map(clean, prompts) if p))
                for name, prompts in classes.items()
            )
        )

    @classmethod
    def grouped(
        cls,
        classes: Iterable[grouping.Named],
        groups: Iterable[grouping.Group] = (),
        parents: Iterable[grouping.Parent] = (),
    ) -> Vocabulary:
        """With groups: the classes of one stand together, and groups without a class go."""
        return cls(*grouping.settled(tuple(classes), tuple(groups), tuple(parents)))

    def in_groups(
        self, groups: Iterable[tuple[str, Iterable[str], str]], parents: Mapping[Any, str]
    ) -> Vocabulary:
        """These classes in groups: (name, prompts, group around it or ""), and class → group."""
        own = (
            (name, tuple(filter(None, map(clean, prompts))), above)
            for name, prompts, above in groups
        )
        return Vocabulary.grouped(
            self.classes, own, [(clean(str(name)), group) for name, group in parents.items()]
        )

    def with_classes(
        self, classes: Iterable[grouping.Named], before: Mapping[str, str] | None = None
    ) -> Vocabulary:
        """Other classes in the same groups.

        Args:
            before: name → what the class was called whose group it stands in.
        """
        if not self.parents:
            return Vocabulary(tuple(classes))
        own, group_of, before = tuple(classes), dict(self.parents), before or {}
        named = ((name, group_of.get(before.get(name, name), "")) for name, _ in own)
        return Vocabulary.grouped(own, self.groups, [pair for pair in named if pair[1]])

    @property
    def names(self) -> list[str]:
        """(K,) names of the classes."""
        return [name for name, _ in self.classes]

    @property
    def none(self) -> str | None:
        """The class of what is none of the others; None where there is no such class."""
        return next((name for name, prompts in self.classes if prompts == (NONE_PROMPT,)), None)

    def with_none(self, name: str | None) -> Vocabulary:
        """With a class of this name, without prompts, for what is none of the others, or without.

        Raises:
            WinnowError: the name cannot be one, or another class has it.
        """
        rest = [entry for entry in self.classes if entry[1] != (NONE_PROMPT,)]
        if name is None:
            return self.with_classes(rest)
        if not (name := clean(name)):
            raise WinnowError("The class for none of these has no name: write one behind 'none'.")
        if reason := fault(name):
            raise WinnowError(
                f"The class for none of these: {name[:SHOWN]!r} {reason}: shorten it."
            )
        if twins([*(own for own, _ in rest), name]):
            raise WinnowError(f"{name!r} is a class already: name what is none of them otherwise.")
        return self.with_classes([*rest, (name, (NONE_PROMPT,))])

    @property
    def above(self) -> dict[str, str]:
        """Class or group → the group that it stands in."""
        return dict(self.parents) | {name: around for name, _, around in self.groups if around}

    def spoken(self) -> list[tuple[str, ...]]:
        """(K,) prompts of each class: its own and those of the groups that it stands in."""
        if not self.groups:
            return [prompts for _, prompts in self.classes]
        of_group, above, result = {name: own for name, own, _ in self.groups}, self.above, []
        for name, prompts in self.classes:
            group = above.get(name)
            while group is not None:
                prompts, group = (*prompts, *of_group[group]), above.get(group)
            result.append(prompts)
        return result

    def prompts(self) -> dict[str, list[str]]:
        """Class name → prompts, as plain data."""
        return {name: list(prompts) for name, prompts in self.classes}

    def shown(self) -> dict[str, list[str]]:
        """Class name → the prompts that people see: none at the class without any."""
        return self.prompts() | ({self.none: []} if self.none else {})

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
        if wrong := grouping.problem(names, self.groups):
            return wrong
        empty = next((name for name, prompts in self.classes if not prompts), None)
        if empty is not None:
            return f"The class {empty!r} has no prompts: write a sentence that describes it."
        if [prompts for _, prompts in self.classes].count((NONE_PROMPT,)) > 1:
            return "Two classes are for none of the others: remove one of them."
        names = [name for name, prompts in self.classes if prompts != (NONE_PROMPT,)]
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
    none: str | None = None

    @field_validator("none", mode="before")
    @classmethod
    def _line(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, str):
            raise ValueError("must be one name, such as  none: none of these")
        return value

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
    tree = grouping.Flat()
    try:
        if isinstance(content["classes"], Mapping):
            tree = grouping.flattened(content["classes"])
            content = dict(content) | {"classes": tree.classes}
        file = _File.model_validate(dict(content))
        groups = [
            (name, prompt_lines(name, own), above) for name, (own, above) in tree.groups.items()
        ]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise WinnowError(
                f"{where} has the unknown key {place!r}: only 'classes' and 'none' are allowed, "
                f"and for tags {', '.join(map(repr, TAG_KEYS))}."
            ) from None
        reason = first["msg"].removeprefix("Value error, ")
        raise WinnowError(f"{where}: {place} {reason}.") from None
    except ValueError as error:
        raise WinnowError(f"{where}: classes {error}.") from None
    whole = Vocabulary.of(file.classes).in_groups(groups, tree.parents)
    try:
        return whole if file.none is None else whole.with_none(file.none)
    except WinnowError as error:
        raise WinnowError(f"{where}: {error}") from None


def read(path: Path) -> Vocabulary:
    """Read a prompts file from disk and check that predictions can be made from it.

    Raises:
        WinnowError: it cannot be read, is not valid, or its classes cannot be used yet.
    """
    return parse(yaml_file.read_text(path, "The prompts file"), str(path)).checked(str(path))


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


def _classes(value: Mapping[Any, Any]) -> dict[str, list[str]]:
    """Name → prompts; ValueError for names that cannot be, or are one once they are cleaned."""
    written: dict[str, str] = {}
    classes: dict[str, list[str]] = {}
    for key, prompts in value.items():
        spelled = plain_text(key, "a class name")
        name = clean(spelled)
        if name in classes:
            raise ValueError(
                f"holds {pair(written[name], spelled)}, which are one class without the signs that "
                "nobody sees: rename or remove one of them"
            )
        written[name], classes[name] = spelled, prompt_lines(name, prompts)
        if not name:
            raise ValueError("holds a class without a name")
        if reason := fault(name):
            raise ValueError(f"holds the class name {name[:SHOWN]!r}…, which {reason}")
    return classes


def prompt_lines(name: Any, value: Any) -> list[str]:
    """The prompts of a class as its value in a file says them; ValueError for what is no text."""
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [plain_text(item, f"each prompt of {name}") for item in items if item is not None]
