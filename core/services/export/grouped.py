"""Groups of classes in the record of a run, and taken from it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError

_KEY = "groups"


def recorded(classes: Vocabulary) -> dict[str, Any]:
    """The entry of a record's options for classes in groups; none without groups."""
    if not classes.groups:
        return {}
    groups = [
        {"name": name, "prompts": list(own), "above": above} for name, own, above in classes.groups
    ]
    return {_KEY: {"groups": groups, "parents": dict(classes.parents)}}


def names(manifest: Mapping[str, Any]) -> set[str]:
    """The groups of a run; WinnowError when the manifest does not hold them properly."""
    return {name for name, _, _ in _groups(manifest)}


def regrouped(classes: Vocabulary, manifest: Mapping[str, Any]) -> Vocabulary:
    """The classes of a run in its groups; WinnowError as for `names`."""
    groups = _groups(manifest)
    return classes.in_groups(groups, manifest["options"][_KEY]["parents"]) if groups else classes


def _groups(manifest: Mapping[str, Any]) -> list[tuple[str, list[str], str]]:
    entry = manifest["options"].get(_KEY)
    if entry is None:
        return []
    try:
        parents = entry["parents"]
        groups = [(one["name"], list(one["prompts"]), one["above"]) for one in entry["groups"]]
        texts = [*parents, *parents.values(), *(text for n, p, a in groups for text in (n, a, *p))]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a name is no text")
    except (KeyError, TypeError, AttributeError) as error:
        raise WinnowError(
            "The manifest does not hold its groups of classes; use it as Winnow wrote it."
        ) from error
    return groups
