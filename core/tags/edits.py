"""Changes to a vocabulary of tags as people make them on a screen: add, rename, begin."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from core.prompts.vocabulary import Vocabulary, clean
from core.tags import rules
from core.tags.checks import COLUMNS, MAX_CODE, SUFFIX
from core.tags.vocabulary import Derived, Tag, Tags

GENERAL = Tags(
    (
        Tag("people", "People", "people"),
        Tag("face", "Face", "a face seen from close"),
        Tag("animal", "Animal", "an animal"),
        Tag("plant", "Plant", "a plant or a flower"),
        Tag("food", "Food", "food on a plate"),
        Tag("vehicle", "Vehicle", "a car, a truck or another vehicle"),
        Tag("building", "Building", "a building"),
        Tag("product", "Product", "a product on a plain background"),
        Tag("indoors", "Indoors", "a room indoors", "scene"),
        Tag("landscape", "Landscape", "a landscape outdoors", "scene"),
        Tag("text", "Text", "a page of text", "style", contrast=("a photo",)),
        Tag("drawing", "Drawing", "a drawing", "style", contrast=("a photo",)),
    ),
    (Derived("living", "people | animal | plant", "Living"),),
)
"""Tags that fit many collections, to begin with."""


def code_of(text: str, taken: Collection[str] = ()) -> str:
    """A code that is free and allowed for a name in people's words.

    Args:
        taken: codes that are used already, whatever their case.
    """
    words = "_".join(re.findall(r"\w+", clean(text).casefold().replace("-", "_")))
    stem = words.strip("_")[: MAX_CODE - 8]
    if not rules.CODE.fullmatch(stem):
        stem = f"tag_{stem}".rstrip("_")
    used = {code.casefold() for code in taken}
    used |= COLUMNS | set(rules.WORDS)

    def free(code: str) -> bool:
        hides = code.endswith(SUFFIX) and code.removesuffix(SUFFIX) in used
        return code not in used and code + SUFFIX not in used and not hides

    code, number = stem, 2
    while not free(code):
        code, number = f"{stem}_{number}", number + 1
    return code


def added(tags: Tags, typed: str) -> Tags:
    """With the tags that a line names, commas between them; ``name = rule`` adds a derived one."""
    for part in typed.replace("\n", ",").split(","):
        name, equals, rule = (clean(piece) for piece in part.partition("="))
        if not name:
            continue
        code = code_of(name, tags.codes)
        label = "" if name in (code, code.replace("_", " ")) else name
        if equals:
            tags = tags.put(Derived(code, rule, label))
        elif not _exists(tags, name):
            tags = tags.put(Tag(code, label, "" if label else name))
    return tags


def renamed(tags: Tags, old: str, new: str) -> Tags:
    """With another code for one tag, in its place and in all rules."""

    def of(rule: str) -> str:
        return rules.CODE.sub(lambda match: new if match[0] == old else match[0], rule)

    return replace(
        tags,
        tags=tuple(replace(tag, code=new) if tag.code == old else tag for tag in tags.tags),
        derived=tuple(
            replace(tag, code=new if tag.code == old else tag.code, rule=of(tag.rule))
            for tag in tags.derived
        ),
    )


def from_classes(vocabulary: Vocabulary) -> Tags:
    """One tag a class, with the prompts of the class."""
    tags = Tags()
    for name, prompts in vocabulary.classes:
        code = code_of(name, tags.codes)
        tags = tags.put(Tag(code, "" if name == code else name, prompts=tuple(prompts)))
    return tags


def _exists(tags: Tags, name: str) -> bool:
    """Whether a tag has this name as its code or its words, whatever the case."""
    entries: tuple[Tag | Derived, ...] = (*tags.tags, *tags.derived)
    names = {word.casefold() for entry in entries for word in (entry.code, entry.words)}
    return name.casefold() in names
