"""Boolean rules over tags: ``earth & moon``, ``(cat or dog) and not drawing``.

A rule is read by a parser of its own and is never Python. On confidences "and" takes the smaller,
"or" the larger and "not" one minus; on bands they are Kleene's three-valued logic, where tentative
means "not known". Both are what a rule over yes and no becomes when the answers are unsure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NoReturn

import numpy as np

MAX_LENGTH = 2_000
MAX_NESTING = 50
WORDS = ("and", "or", "not")
CODE = re.compile(r"[^\W\d][\w-]*")
_ALLOWED = "codes of tags, & | ! ( ) and the words and, or, not"
_TOKEN = re.compile(rf"\s*(?:(?P<code>{CODE.pattern})|(?P<sign>[&|!()]))")
_SIGNS = {"and": "&", "or": "|", "not": "!"}


class RuleError(ValueError):
    """Why a rule cannot be read, with the position of the fault."""


@dataclass(frozen=True)
class Rule:
    """A node of a rule: a tag's ``code``, or ``&``, ``|`` or ``!`` over its ``parts``."""

    sign: Literal["code", "&", "|", "!"]
    code: str = ""
    parts: tuple[Rule, ...] = ()

    def codes(self) -> set[str]:
        """The codes of all tags that the rule names."""
        return {self.code} if self.sign == "code" else set().union(*(p.codes() for p in self.parts))

    def confidence(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """(N,) float32 confidence in 0..1 from those of the tags, by code."""
        if self.sign == "code":
            return columns[self.code]
        parts = [part.confidence(columns) for part in self.parts]
        if self.sign == "!":
            return np.float32(1) - parts[0]
        return reduce(np.minimum if self.sign == "&" else np.maximum, parts)

    def bands(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """(N,) int8 bands, 2 accepted, 1 tentative, 0 rejected, from those of the tags, by code."""
        if self.sign == "code":
            return columns[self.code]
        parts = [part.bands(columns) for part in self.parts]
        if self.sign == "!":
            return np.int8(2) - parts[0]
        return reduce(np.minimum if self.sign == "&" else np.maximum, parts)


def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        RuleError: what is wrong, at which character, counted from 1.
    """
    if len(text) > MAX_LENGTH:
        raise RuleError(f"has {len(text)} characters, at most {MAX_LENGTH} are possible")
    return _Parser(text).rule()


class _Parser:
    """Recursive descent; "not" binds before "and", "and" before "or"."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def rule(self) -> Rule:
        result = self._either()
        sign, where = self._tokens[self._at]
        if sign:
            _fail(f"has {sign!r} where & or | should stand", where)
        return result

    def _either(self) -> Rule:
        return self._chain("|", lambda: self._chain("&", self._single))

    def _chain(self, sign: Literal["&", "|"], part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self._next(sign):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Rule(sign, parts=tuple(parts))

    def _single(self) -> Rule:
        negated = False
        while self._next("!"):
            negated = not negated
        token, where = self._tokens[self._at]
        if self._next("("):
            self._depth += 1
            if self._depth > MAX_NESTING:
                _fail(f"nests more than {MAX_NESTING} brackets", where)
            result = self._either()
            if not self._next(")"):
                _fail("opens a bracket that is never closed", where)
            self._depth -= 1
        elif token and token not in "&|!()":
            self._at += 1
            result = Rule("code", token)
        else:
            fault = f"has {token!r}" if token else "ends"
            _fail(f"{fault} where the code of a tag should stand", where)
        return Rule("!", parts=(result,)) if negated else result

    def _next(self, sign: str) -> bool:
        follows = self._tokens[self._at][0] == sign
        self._at += follows
        return follows


def _tokens(text: str) -> list[tuple[str, int]]:
    """Codes and signs with their positions, and an empty one at the end."""
    result: list[tuple[str, int]] = []
    end = len(text.rstrip())
    at = 0
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            _fail(f"has {text[at]!r}, allowed are {_ALLOWED}", at)
        token = match["code"] or match["sign"]
        result.append((_SIGNS.get(token.casefold(), token), match.end() - len(token)))
        at = match.end()
    return [*result, ("", end)]


def _fail(what: str, where: int) -> NoReturn:
    raise RuleError(f"{what} (character {where + 1})")
