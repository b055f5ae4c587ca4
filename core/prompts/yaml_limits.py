"""Bounds on what a YAML text may unfold into, checked while it is read.

A few hundred characters can stand for millions of values, because an alias repeats all that its
anchor holds and merged mappings (``<<``) multiply; and each value costs time even where it is
written out. So what counts are values with all repetitions.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.nodes import Node

MAX_VALUES = 50_000
"""Names, prompts, lists and mappings: a thousand classes with some forty prompts each."""
MAX_DEPTH = 40


class BoundedComposer(Composer):
    """ruamel's composer that stops, as at any other fault, when there is too much."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self._values = 0
        self._inside = 0
        self._sizes: dict[int, int] = {}  # of nodes with an anchor that are complete, by identity

    def compose_document(self) -> Any:
        """One document; the count begins anew."""
        self._values, self._inside, self._sizes = 0, 0, {}
        return super().compose_document()

    def compose_node(self, parent: Any, index: Any) -> Any:
        """One value with all that it holds."""
        before = self._values
        self._values += 1
        self._check(self.parser.peek_event().start_mark)
        self._inside += 1
        node = super().compose_node(parent, index)
        self._inside -= 1
        if node.anchor is not None:
            self._sizes.setdefault(id(node), self._values - before)
        return node

    def return_alias(self, a: Node) -> Any:
        """What an alias stands for counts once more."""
        size = self._sizes.get(id(a))
        if size is None:
            raise ComposerError(None, None, "a value that holds itself", a.start_mark)
        self._values += size
        self._check(a.start_mark)
        return a

    def _check(self, mark: Any) -> None:
        if self._values > MAX_VALUES:
            raise ComposerError(None, None, f"more than {MAX_VALUES:,} values", mark)
        if self._inside >= MAX_DEPTH:
            raise ComposerError(None, None, f"more than {MAX_DEPTH} levels in each other", mark)
