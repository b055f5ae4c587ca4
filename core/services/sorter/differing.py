"""What is different between two model files."""

from __future__ import annotations

from typing import Any

from core.sorter.schema import Content

_DECIMALS = 4


def difference(before: Content, after: Content) -> dict[str, Any]:
    """What ``winnow model diff --json`` prints.

    Returns:
        ``changed``: what → [before, after] of single facts; ``classes_added``,
        ``classes_removed``, ``prompts_changed``, ``tags_added``, ``tags_removed``: names; ``f1``:
        class → [before, after] where both are measured and differ.
    """
    old, new = ({part.name: part for part in one.classes} for one in (before, after))
    old_tags, new_tags = ({part.code for part in one.tags} for one in (before, after))
    return {
        "changed": _changed(before, after),
        "classes_added": [name for name in new if name not in old],
        "classes_removed": [name for name in old if name not in new],
        "prompts_changed": [
            name for name in new if name in old and new[name].prompts != old[name].prompts
        ],
        "tags_added": sorted(new_tags - old_tags),
        "tags_removed": sorted(old_tags - new_tags),
        "f1": _f1(before, after),
    }


def _changed(before: Content, after: Content) -> dict[str, list[Any]]:
    facts = (_facts(before), _facts(after))
    return {
        name: [facts[0][name], facts[1][name]]
        for name in facts[0]
        if facts[0][name] != facts[1][name]
    }


def _facts(content: Content) -> dict[str, Any]:
    accuracy = content.accuracy
    return {
        "encoder": content.encoder.identity,
        "preprocessing": content.encoder.preprocessing[:12],
        "head": content.head.kind,
        "temperature": round(content.head.temperature, _DECIMALS),
        "labels": content.labels.count,
        "random images": content.labels.audit,
        "images": content.images,
        "accuracy": accuracy and round(accuracy.value, _DECIMALS),
        "lower end": accuracy and round(accuracy.low, _DECIMALS),
        "upper end": accuracy and round(accuracy.high, _DECIMALS),
        "words": content.words and content.words.template,
        "accuracy with words": content.words
        and content.words.accuracy
        and round(content.words.accuracy.value, _DECIMALS),
    }


def _f1(before: Content, after: Content) -> dict[str, list[float]]:
    old, new = ((one.metrics or {}).get("per_class", {}) for one in (before, after))
    return {
        name: [old[name]["f1"], new[name]["f1"]]
        for name in new
        if name in old and old[name]["f1"] != new[name]["f1"]
    }
