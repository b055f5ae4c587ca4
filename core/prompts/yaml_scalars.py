"""Names and sentences in YAML stay what was typed: ``001``, ``1e5``, ``no``, ``2024-05-01``.

YAML takes such words for numbers, booleans and dates, which are other words once they are text
again. Here a word without quotes is text, whatever it looks like; who wants a number of it, such as
a threshold, makes it one. Nothing at all, and ``null`` or ``~`` where a value stands, are None.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.tag import Tag

_TEXT = Tag(suffix="tag:yaml.org,2002:str")
_KIND = "tag:yaml.org,2002:"
_NULL = f"{_KIND}null"
_GUESSED = tuple(_KIND + name for name in ("int", "float", "bool", "timestamp", "value"))
_NOTHING = ("", "~")


def as_written(root: Node) -> None:
    """Make text of every word in a tree of nodes that YAML took for something else."""
    waiting, done = [root], {id(root)}

    def later(node: Node) -> None:
        if id(node) not in done:  # aliases share nodes
            done.add(id(node))
            waiting.append(node)

    while waiting:
        node = waiting.pop()
        if isinstance(node, SequenceNode):
            for entry in node.value:
                _mark(entry, _NOTHING)
                later(entry)
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                _mark(key, ())
                _mark(value, None)
                later(key)
                later(value)


def _mark(node: Node, nothing: tuple[str, ...] | None) -> None:
    """Make text of a word; ``nothing`` are the spellings that stay None, by default all."""
    if not isinstance(node, ScalarNode) or node.style is not None:
        return
    tag = str(node.tag)
    if tag in _GUESSED or (tag == _NULL and nothing is not None and node.value not in nothing):
        node.ctag = _TEXT


class Written(str):
    """A word without quotes that YAML takes for something else; it is written as it was read."""

    tag: str

    def __new__(cls, text: str, tag: str) -> Written:
        """``text`` as it stands in the file, and what YAML takes it for."""
        word = super().__new__(cls, text)
        word.tag = tag
        return word


class Constructor(RoundTripConstructor):
    """ruamel's for round trips, but words that look like something else are `Written`.

    So is nothing at all, an empty word: as None it would become the name ``null``.
    """

    def written(self, node: Any) -> Written:
        """A word as it stands there."""
        return Written(node.value, str(node.tag))


class Representer(RoundTripRepresenter):
    """ruamel's for round trips, but a `Written` word gets no quotes."""

    def written(self, word: Written) -> Any:
        """The node of a word."""
        return self.represent_scalar(word.tag, str(word))

    def represent_key(self, data: Any) -> Any:
        """The node of a key; that of nothing at all would be written as ``null``."""
        return super().represent_key("" if isinstance(data, Written) and not data else data)


for _name in (*_GUESSED, _NULL):
    Constructor.add_constructor(_name, Constructor.written)
Representer.add_representer(Written, Representer.written)


def plain_text(value: Any, what: str) -> str:
    """A scalar as the text that was typed; ValueError, with ``what`` it should be, for others."""
    # A YAML tag can ask for a number; as a name it is what was typed, as near as can be.
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"holds a {type(value).__name__} where {what} should be a line of text")
