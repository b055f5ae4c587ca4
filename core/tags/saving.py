"""Saving tags into a vocabulary file that people also edit: what did not change keeps its bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from core.prompts import yaml_file
from core.runtime.spelling import clean
from core.tags.attributes import KEYS, in_own_words, rule_text
from core.tags.vocabulary import DEFAULT_TYPE, Derived, Settings, Tag, Tags

_FURTHEST = 8  # columns from the left at which an entry of a list may begin
SHORT = {"tags": "description", "derived": "rule"}


def dump(tags: Tags, previous: str | None = None) -> str:
    """YAML text of a vocabulary.

    Args:
        previous: the file's text until now, which must be valid; its classes and comments survive,
            and entries that did not change stay as they were written.
    """
    yaml = yaml_file.round_trip(preserve_quotes=True)
    document = yaml.load(previous) if previous else None
    if not isinstance(document, CommentedMap):
        document = CommentedMap()
    _indent_as(yaml, document)
    _keep(document, "templates", list(tags.templates))
    _keep_settings(document, _plain_settings(tags.defaults))
    _keep_entries(document, "tags", {tag.code: _plain_tag(tag) for tag in tags.tags})
    _keep_entries(document, "derived", {tag.code: _plain_rule(tag) for tag in tags.derived})
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _indent_as(yaml: YAML, document: CommentedMap) -> None:
    """Write lists of entries as far to the right as the file has them; others follow."""
    for key in ("tags", "derived", *KEYS):
        entries = document.get(key)
        if isinstance(entries, CommentedSeq) and entries and not entries.fa.flow_style():
            _, column = entries.lc.item(0)
            if 2 <= column <= _FURTHEST:
                yaml.indent(mapping=2, sequence=column, offset=column - 2)
            return


def _keep(parent: CommentedMap, key: str, value: Any) -> None:
    """Set a key, or remove it when there is nothing to say."""
    if not value:
        parent.pop(key, None)
    elif key not in parent or not _equal(parent[key], value):
        parent[key] = value


def _keep_settings(document: CommentedMap, wanted: Mapping[str, float]) -> None:
    if "thresholds" in document:  # the form of `core.tags.attributes`
        now = in_own_words({"thresholds": document["thresholds"]})[0]["defaults"]
        if _equal(now, wanted):
            return
        del document["thresholds"]
    _keep(document, "defaults", wanted)


def _keep_entries(document: CommentedMap, kind: str, wanted: Mapping[str, Any]) -> None:
    key = next((k for k, own in KEYS.items() if own == kind and k in document), kind)
    present = document.get(key)
    if isinstance(present, CommentedSeq):
        _keep_list(present, wanted, SHORT[kind])
        return
    if not isinstance(present, CommentedMap):
        _keep(document, key, dict(wanted))
        return
    codes = {clean(str(key)): key for key in present}
    for code in codes.keys() - wanted.keys():
        del present[codes[code]]
    for code, value in wanted.items():
        key = codes.get(code, code)
        present[key] = _merged(present[key], value, SHORT[kind]) if key in present else value
    if [clean(str(key)) for key in present] != list(wanted):
        for code in wanted:
            present.move_to_end(codes.get(code, code))


def _keep_list(present: CommentedSeq, wanted: Mapping[str, Any], short: str) -> None:
    full = {code: {"code": code, **_long(value, short)} for code, value in wanted.items()}
    entries = {clean(str(entry["code"])): entry for entry in present}
    merged = [
        _merged(entries[code], value, short) if code in entries else value
        for code, value in full.items()
    ]
    for index in reversed(range(len(present))):
        if clean(str(present[index]["code"])) not in wanted:
            del present[index]
    for index, entry in enumerate(merged):
        if index < len(present):
            present[index] = entry
        else:
            present.append(entry)


def _merged(present: Any, value: Any, short: str) -> Any:
    """The present entry with only what differs replaced, so that its comments stay."""
    target = _long(value, short)
    if not isinstance(present, CommentedMap):
        return present if _long(present, short) == target else value
    for key in [key for key in present if key not in target]:
        # A default that somebody wrote out is no change.
        if present[key] not in (None, "", [], DEFAULT_TYPE):
            del present[key]
    for key, item in target.items():
        now = present.get(key)
        if key == "rule" and isinstance(now, Mapping) and rule_text(now) == item:
            continue
        if not _equal(now, item) and not _equal([now], item):
            present[key] = item
    return present


def _equal(now: Any, wanted: Any) -> bool:
    """Whether what stands in the file, numbers as they are written, is what is wanted."""
    if isinstance(wanted, Mapping):
        same_keys = isinstance(now, Mapping) and now.keys() == wanted.keys()
        return same_keys and all(_equal(now[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        same_length = isinstance(now, list) and len(now) == len(wanted)
        return same_length and all(map(_equal, now, wanted))
    if isinstance(wanted, str) or not isinstance(now, str):
        return bool(now == wanted)
    try:
        return float(now) == wanted
    except ValueError:
        return False


def _long(value: Any, short: str) -> dict[str, Any]:
    """The long form of an entry: a mapping. ``short`` is the key that a bare line stands for."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return {"prompts": list(value)}
    return {short: str(value)} if value else {}


def _plain_settings(settings: Settings) -> dict[str, float]:
    return {name: value for name, value in asdict(settings).items() if value is not None}


def _plain_tag(tag: Tag) -> Any:
    """The shortest way of writing a tag."""
    result: dict[str, Any] = {}
    if tag.label:
        result["label"] = tag.label
    if tag.description:
        result["description"] = tag.description
    if tag.type != DEFAULT_TYPE:
        result["type"] = tag.type
    if tag.prompts:
        result["prompts"] = list(tag.prompts)
    if tag.contrast:
        result["contrast"] = list(tag.contrast)
    result.update(_plain_settings(tag.settings))
    return result["description"] if list(result) == ["description"] else result or None


def _plain_rule(tag: Derived) -> Any:
    rest = {"label": tag.label, "description": tag.description}
    named = {key: value for key, value in rest.items() if value}
    return {"rule": tag.rule, **named} if named else tag.rule
