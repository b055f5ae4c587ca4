"""A vocabulary file whose classes cannot be used: why each cannot, and a file without them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap

from core.project.vocabulary_file import VocabularyFile
from core.prompts import yaml_file
from core.prompts.vocabulary import MAX_CLASSES, SHOWN, parse
from core.prompts.writing import dump
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, fault
from core.tags.reading import parse as tags_of


@dataclass(frozen=True)
class Repair:
    """A way to a file that can be used.

    Attributes:
        text: the file without the entries that cannot be classes; all else stays.
        left_out: those entries with their reasons, a line each.
    """

    text: str
    left_out: list[str]


def repair_of(file: VocabularyFile) -> Repair | None:
    """What is to be left out of a file that cannot be used; None where that does not help.

    Nothing is written: ``file.save_text(repair.text)`` does that.
    """
    try:
        document = yaml_file.round_trip(preserve_quotes=True).load(file.text())
    except Exception:  # whatever ruamel raises: it is no YAML, which no entry is to blame for
        return None
    classes = document.get("classes") if isinstance(document, CommentedMap) else None
    if not isinstance(classes, Mapping):
        return None
    left_out = _left_out(classes)
    stream = io.StringIO()
    yaml_file.round_trip(preserve_quotes=True).dump(document, stream)
    try:
        parse(stream.getvalue(), str(file.path))
    except WinnowError:
        return None
    return Repair(stream.getvalue(), left_out) if left_out else None


def last_version(file: VocabularyFile) -> Repair | None:
    """The latest version of the classes that can be used, with the tags that the file has now.

    Without the tags where they cannot be read either. None where there is no such version.
    ``left_out`` is empty.
    """
    try:
        present = file.text()
    except WinnowError:
        present = ""
    for version in reversed(file.versions()):
        for before in (present, ""):  # where the rest of the file is at fault, without it
            try:
                text = dump(version.vocabulary, before)
                parse(text, str(file.path))
                tags_of(text, str(file.path))
            except WinnowError:
                continue
            return Repair(text, [])
    return None


def _left_out(classes: Any) -> list[str]:
    """Take the entries that cannot be classes out of the file's mapping; why, of each."""
    names: set[str] = set()
    result = []
    for key, prompts in list(classes.items()):
        reason = _reason(key, prompts, names)
        if reason:
            del classes[key]
            result.append(f"{str(key)[:SHOWN]!r} {reason}")
    return result


def _reason(key: Any, prompts: Any, names: set[str]) -> str | None:
    """Why an entry cannot be a class; None when it can, and its name is then one of ``names``."""
    if not isinstance(key, str):
        return "is no line of text"
    if reason := fault(key):
        return reason
    lines = prompts if isinstance(prompts, list) else [prompts]
    if not all(line is None or isinstance(line, str) for line in lines):
        return "has prompts that are no lines of text"
    name = clean(key)
    if name in names:
        return f"reads the same as {name!r}"
    if len(names) >= MAX_CLASSES:
        return f"is one of more than {MAX_CLASSES:,} classes"
    names.add(name)
    return None
