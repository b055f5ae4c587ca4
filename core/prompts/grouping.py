"""Groups of classes: read from nested mappings, kept in order, written as nested mappings again.

In a file a name with ``children:`` is a group, and its ``prompts:`` speak for all classes in it:

    classes:
      fruit:
        prompts: [a piece of fruit]
        children:
          apple: [an apple]
          pear: [a pear]
      milk: [a carton of milk]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.runtime.spelling import clean, fault, pair, twins

CHILDREN, PROMPTS = "children", "prompts"
MOST_LEVELS = 8
"""Levels of names in each other, the classes' among them."""

Named = tuple[str, tuple[str, ...]]
"""A name and its prompts."""
Group = tuple[str, tuple[str, ...], str]
"""Name of a group, its own prompts, and the group that it stands in or ""."""
Parent = tuple[str, str]
"""A class and the group that it stands in."""


@dataclass
class Flat:
    """Classes and groups of nested mappings, as they were written.

    Attributes:
        classes: name → prompts, not looked at yet.
        groups: name → (its own prompts, not looked at yet; name of the group around it or "").
        parents: class → group.
    """

    classes: dict[Any, Any] = field(default_factory=dict)
    groups: dict[str, tuple[Any, str]] = field(default_factory=dict)
    parents: dict[Any, str] = field(default_factory=dict)


def flattened(value: Mapping[Any, Any]) -> Flat:
    """Take nested mappings apart.

    Raises:
        ValueError: a group holds nothing or what is no class, is nested too deep, or a name is
            there twice; the words go on from "classes".
    """
    flat = Flat()
    _flatten(value, "", 1, flat)
    if both := [name for name in map(_clean, flat.classes) if name in flat.groups]:
        raise ValueError(f"holds {both[0][:40]!r} twice: as a class and as a group of classes")
    return flat


def _clean(key: Any) -> str:
    return clean(str(key))


def _flatten(value: Mapping[Any, Any], group: str, level: int, flat: Flat) -> None:
    for key, content in value.items():
        own = content
        if isinstance(content, Mapping):
            if others := [str(k) for k in content if k not in (CHILDREN, PROMPTS)]:
                raise ValueError(
                    f"holds {others[0][:40]!r} in {str(key)[:40]!r}: a class has 'prompts', and a "
                    "group of classes 'children' besides"
                )
            own = content.get(PROMPTS)
            if CHILDREN in content:
                _group(key, content[CHILDREN], own, group, level, flat)
                continue
        if key in flat.classes:
            raise ValueError(f"holds {str(key)[:40]!r} twice: a class stands in one group")
        flat.classes[key] = own
        if group:
            flat.parents[key] = group


def _group(key: Any, children: Any, own: Any, around: str, level: int, flat: Flat) -> None:
    name = clean(str(key))
    if not name or fault(name):
        raise ValueError(f"holds a group called {name[:40]!r}: give it a short name")
    if name in flat.groups:
        raise ValueError(f"holds the group {name[:40]!r} twice")
    if not isinstance(children, Mapping) or not children:
        raise ValueError(
            f"holds the group {name[:40]!r} without classes: write them below 'children:', each "
            "with its prompts"
        )
    if level >= MOST_LEVELS:
        raise ValueError(f"holds groups in groups on more than {MOST_LEVELS} levels")
    flat.groups[name] = (own, around)
    _flatten(children, name, level + 1, flat)


def settled(
    classes: Sequence[Named], groups: Sequence[Group], parents: Sequence[Parent]
) -> tuple[tuple[Named, ...], tuple[Group, ...], tuple[Parent, ...]]:
    """Classes in the order of the tree, with the groups that still hold one.

    The classes of a group stand together, where the first of them stood. Groups are in the order of
    their first classes, each before those in it.
    """
    group_of = dict(parents)
    around = {name: above for name, _, above in groups}
    prompts = {name: own for name, own, _ in groups}
    inside: dict[str, dict[Named | str, None]] = {"": {}}
    for one in classes:
        step: Named | str = one
        name = group_of.get(one[0], "")
        for _ in range(MOST_LEVELS):  # however a damaged history nests them
            if name not in around:
                break
            inside.setdefault(name, {})[step] = None
            step, name = name, around[name]
        inside[""][step] = None
    ordered, held = list[Named](), list[Group]()
    of_class = list[Parent]()
    for node, group in _walk(inside, ""):
        if isinstance(node, str):
            held.append((node, prompts[node], group))
        else:
            ordered.append(node)
            of_class += [(node[0], group)] if group else []
    return tuple(ordered), tuple(held), tuple(of_class)


def _walk(
    inside: Mapping[str, Mapping[Named | str, None]], group: str
) -> Iterator[tuple[Named | str, str]]:
    for one in inside[group]:
        yield one, group
        if isinstance(one, str):
            yield from _walk(inside, one)


def nested(
    classes: Sequence[Named], groups: Sequence[Group], parents: Sequence[Parent]
) -> dict[str, Any]:
    """Name → prompts, or {"prompts", "children"} of a group, as a file has them."""
    group_of, result = dict(parents), dict[str, Any]()
    children: dict[str, dict[str, Any]] = {"": result}
    waiting = {name: (own, around) for name, own, around in groups}

    def opened(name: str) -> dict[str, Any]:
        if name not in children:
            own, around = waiting[name]
            content: dict[str, Any] = {PROMPTS: list(own)} if own else {}
            children[name] = content[CHILDREN] = {}
            opened(around)[name] = content
        return children[name]

    for name, prompts in classes:
        opened(group_of.get(name, ""))[name] = list(prompts)
    return result


def problem(names: Sequence[str], groups: Sequence[Group]) -> str | None:
    """Why groups cannot be used, as one sentence; None when they can."""
    of_groups = [name for name, _, _ in groups]
    if twice := twins([*names, *of_groups]):
        return (
            f"A group of classes is called {pair(*twice[0])}, which is there already: give it "
            "another name."
        )
    return None
