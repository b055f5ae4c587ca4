"""Classes and prompts written into the text of a vocabulary file, all else in it as it was.

`dump` keeps comments, but to read and write YAML with comments takes most of the time of an edit.
While somebody types prompts the file is written with each pause, so where nobody wrote among the
classes `spliced` puts the new ones in the place of the old.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from core.prompts import grouping, yaml_file
from core.prompts.vocabulary import Vocabulary, prompt_lines
from core.runtime.spelling import clean


def dump(vocabulary: Vocabulary, previous: str | None = None) -> str:
    """YAML text of a vocabulary; comments of the ``previous`` text survive where their key does."""
    yaml = yaml_file.round_trip()
    document = _load_with_comments(yaml, previous)
    classes = document.setdefault("classes", CommentedMap())
    own = [entry for entry in vocabulary.classes if entry[0] != vocabulary.none]
    _write(classes, grouping.nested(tuple(own), vocabulary.groups, vocabulary.parents))
    if vocabulary.none is None:
        document.pop("none", None)
    elif _as_name(document.get("none")) != vocabulary.none:
        document["none"] = vocabulary.none
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _write(classes: CommentedMap, wanted: Mapping[str, Any]) -> None:
    """Make classes of a file what is wanted, and leave alone what is so already."""
    for key in [key for key in classes if _as_name(key) not in wanted]:
        del classes[key]
    keys = {_as_name(key): key for key in classes}
    for name, content in wanted.items():
        key = keys.get(name, name)
        if isinstance(content, Mapping):
            _write_group(classes, key, content)
        elif key not in classes or not _holds(classes[key], content):
            classes[key] = content
    if [_as_name(key) for key in classes] != list(wanted):
        for name in wanted:
            classes.move_to_end(keys.get(name, name))


def _write_group(classes: CommentedMap, key: Any, wanted: Mapping[str, Any]) -> None:
    group = classes.get(key)
    children = group.get(grouping.CHILDREN) if isinstance(group, CommentedMap) else None
    if not isinstance(group, CommentedMap) or not isinstance(children, CommentedMap):
        classes[key] = group = CommentedMap()
        children = CommentedMap()
    prompts = wanted.get(grouping.PROMPTS)
    if prompts is None:
        group.pop(grouping.PROMPTS, None)
    elif not _holds(group.get(grouping.PROMPTS), prompts):
        group[grouping.PROMPTS] = prompts
    group[grouping.CHILDREN] = children
    _write(children, wanted[grouping.CHILDREN])


def spliced(text: str, before: Vocabulary, after: Vocabulary) -> str | None:
    """What `dump` makes of a text whose classes stand as it writes them.

    All else in the text stays as it is, byte by byte.

    Args:
        before: the classes that the text holds.
        after: those that it shall hold.

    Returns:
        None where the classes stand otherwise, with comments among them for example. Whoever uses
        the text reads it first: only a parser knows what a line of YAML is part of.
    """
    if not (before.classes and after.classes):
        return None
    old = _written(before)
    start = 0 if text.startswith(old) else text.find(f"\n{old}") + 1
    rest = text[start + len(old) :]
    # Behind the last class only another key: a comment there is of that class.
    if not text.startswith(old, start) or (rest and not rest[0].isalpha()):
        return None
    return text[:start] + _written(after) + rest


@lru_cache(maxsize=8)
def _written(classes: Vocabulary) -> str:
    return dump(classes)


def _as_name(key: Any) -> str:
    return clean(str(getattr(key, "value", key)))


def _holds(value: Any, prompts: list[str]) -> bool:
    """Whether what stands in the file are these prompts already."""
    if isinstance(value, Mapping):
        value = None if grouping.CHILDREN in value else value.get(grouping.PROMPTS)
    try:
        return [p for p in map(clean, prompt_lines("", value)) if p] == prompts
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
