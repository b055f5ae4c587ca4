"""The tag vocabulary: every tag a column of its own, with prompts, settings and derived tags.

Beside ``classes:`` a vocabulary file may hold::

    templates: ["a photo of {description}"]       # around every description
    defaults: {accept: 0.8, reject: 0.2}          # settings of every tag that has none of its own
    tags:
      earth: the planet Earth                     # a code and its description
      moon:
        label: The Moon
        description: the moon
        type: content                             # any word; groups tags on the screen
        prompts: [the full moon, a crescent moon] # whole sentences, instead of the templates
        contrast: [the sun]                       # what it must be told from
        centre: 1.8                               # by hand, see `scores.Calibration`
    derived:
      earth_and_moon: earth & moon

``tags`` may also be a list whose entries carry their ``code``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from core.tags import rules

DEFAULT_TEMPLATES = ("a photo of {description}", "{description}")
DEFAULT_TYPE = "content"
ACCEPT, REJECT = 0.7, 0.3
"""Confidences from which on a tag is accepted and up to which it is rejected, unless set."""
Entry = TypeVar("Entry", "Tag", "Derived")
_PLACE = re.compile(r"\{(description|label|code)\}")


@dataclass(frozen=True)
class Settings:
    """What may be set by hand for a tag; None: found from the collection, or the default.

    Attributes:
        centre: logit that is worth a confidence of one half.
        scale: logits from there to a confidence of 0.73; smaller is steeper.
        accept, reject: confidences from which on a tag is accepted, up to which it is rejected.
    """

    centre: float | None = None
    scale: float | None = None
    accept: float | None = None
    reject: float | None = None

    def over(self, other: Settings) -> Settings:
        """These settings, completed by ``other``."""
        mine = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(other, **mine)


@dataclass(frozen=True)
class Tag:
    """A tag as people wrote it."""

    code: str
    label: str = ""
    description: str = ""
    type: str = DEFAULT_TYPE
    prompts: tuple[str, ...] = ()
    contrast: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)

    @property
    def words(self) -> str:
        """What is shown as its name."""
        return self.label or self.code.replace("_", " ")

    @property
    def text(self) -> str:
        """What is described when no description was given."""
        return self.description or self.words


@dataclass(frozen=True)
class Derived:
    """A tag that is a rule over other tags."""

    code: str
    rule: str
    label: str = ""
    description: str = ""

    @property
    def words(self) -> str:
        """What is shown as its name."""
        return self.label or self.code.replace("_", " ")

    @cached_property
    def parsed(self) -> rules.Rule:
        """The rule as a tree; RuleError when it cannot be read."""
        return rules.parse(self.rule)


@dataclass(frozen=True)
class Tags:
    """A vocabulary of tags, in the order in which people wrote them. Hashable by content."""

    tags: tuple[Tag, ...] = ()
    derived: tuple[Derived, ...] = ()
    templates: tuple[str, ...] = ()
    defaults: Settings = field(default_factory=Settings)

    @property
    def codes(self) -> list[str]:
        """Codes of all tags, derived ones last."""
        return [tag.code for tag in self.tags] + [tag.code for tag in self.derived]

    def __getitem__(self, code: str) -> Tag | Derived:
        """The tag of a code; KeyError for none."""
        entries: tuple[Tag | Derived, ...] = (*self.tags, *self.derived)
        for entry in entries:
            if entry.code == code:
                return entry
        raise KeyError(code)

    def prompts(self, tag: Tag) -> tuple[str, ...]:
        """The sentences that a tag is scored with."""
        templates = tag.prompts or self.templates or DEFAULT_TEMPLATES
        return tuple(dict.fromkeys(self._fill(text, tag) for text in templates))

    def contrast(self, tag: Tag) -> tuple[str, ...]:
        """The sentences that a tag is told from."""
        return tuple(dict.fromkeys(self._fill(text, tag) for text in tag.contrast))

    def settings(self, tag: Tag) -> Settings:
        """A tag's settings, completed by the defaults of the vocabulary."""
        return tag.settings.over(self.defaults)

    @property
    def version(self) -> str:
        """12 hex digits that change with anything that can change a score or a band."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()

    def put(self, entry: Tag | Derived) -> Tags:
        """With this tag added, or in place of the one with its code."""
        if isinstance(entry, Tag):
            return replace(self, tags=_put(self.tags, entry))
        return replace(self, derived=_put(self.derived, entry))

    def without(self, code: str) -> Tags:
        """With one tag less."""
        return replace(
            self,
            tags=tuple(tag for tag in self.tags if tag.code != code),
            derived=tuple(tag for tag in self.derived if tag.code != code),
        )

    def in_order(self) -> list[Derived]:
        """Derived tags so that each comes after those it names; they must be free of circles."""
        by_code = {tag.code: tag for tag in self.derived}
        done: dict[str, Derived] = {}

        def visit(tag: Derived) -> None:
            if tag.code in done:
                return
            for code in sorted(tag.parsed.codes()):
                if code in by_code:
                    visit(by_code[code])
            done[tag.code] = tag

        for tag in self.derived:
            visit(tag)
        return list(done.values())

    @staticmethod
    def _fill(text: str, tag: Tag) -> str:
        # Never str.format: a template is text that people bring.
        values = {"description": tag.text, "label": tag.words, "code": tag.code}
        return _PLACE.sub(lambda match: values[match[1]], text)


def _put(present: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    codes = [other.code for other in present]
    at = codes.index(entry.code) if entry.code in codes else len(codes)
    return present[:at] + (entry,) + present[at + 1 :]  # noqa: RUF005 (mypy loses the type)
