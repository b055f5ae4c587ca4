"""How names that people write are spelled, and when two spellings mean the same.

One place for classes, labels, tags, cells of tables and paths, so that what one of them takes for
the same name no other takes for two. Unicode's rules: UAX #15 (normal forms), UAX #44 (categories),
"default ignorable code points" of chapter 5.21, and canonical caseless matching of chapter 3.13.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, wraps

MAX_NAME = 200
"""Characters of the name of a class."""

_JOINERS = "\u200c\u200d"  # Persian and the scripts of India write with them, so do emoji
_ACCENTS = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # choose a form of the sign
_DROPPED = re.compile(
    # Soft hyphen, marks of direction, zero-width space, word joiner, byte order mark and their like
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufff8"
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# Control characters, halves of pairs, and what is no character at all
_SPACES = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(65536, 17 << 16, 65536)
    )
    + "]"
)
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and signs without ink
_IGNORED = re.compile(f"[{_JOINERS}{_ACCENTS}]")
_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")


def clean(text: str) -> str:
    """One line of text as it is spelled, without what nobody can see.

    Runs of white space (no-break and ideographic spaces too) and of control characters become one
    space, characters without a width or a meaning of their own (soft hyphen, zero-width space, byte
    order mark, marks of direction) go, and the rest is composed (NFC). Joiners stay between the
    characters that they join, and after the signs of scripts that end words with them. A text that
    shows nothing at all is empty.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = _SPACES.sub(" ", _DROPPED.sub("", text))
    composed = unicodedata.normalize("NFC", " ".join(spaced.split()))
    line = " ".join(filter(None, map(_joined, composed.split())))
    return line if any(map(_is_seen, line)) else ""


def fault(name: str) -> str | None:
    """Why a text cannot be the name of a class, as the end of a sentence; None when it can."""
    cleaned = clean(name)
    if not cleaned:
        return "shows nothing, so it is no name"
    if len(cleaned) > MAX_NAME:
        return f"has {len(cleaned)} characters, at most {MAX_NAME} fit"
    return None


def remembered(function: Callable[[str], str]) -> Callable[[str], str]:
    """The same function, remembering what texts as short as names gave: pages ask for a thousand
    of them time and again."""
    short = lru_cache(maxsize=16_384)(function)

    @wraps(function)
    def asked(text: str) -> str:
        return short(text) if len(text) <= MAX_NAME else function(text)

    return asked


@remembered
def same(text: str) -> str:
    """What two names share that people read as one: case, invisible signs and white space aside."""
    line = clean(text)
    if line.isascii():
        return line.lower()
    bare = unicodedata.normalize("NFD", _IGNORED.sub("", line)).casefold()
    # Once more: a letter that was folded may have an accent to be put in order.
    return clean(unicodedata.normalize("NFC", unicodedata.normalize("NFD", bare).casefold()))


@remembered
def alike(text: str) -> str:
    """What two names share that programs spell differently: ``-``, ``_``, spaces and forms too.

    "Oat Milk", "oat_milk" and "Oat-Milk" are alike, and so are letters and digits of another width.
    """
    wide = same(unicodedata.normalize("NFKC", text))
    return clean(_DASHES.sub(" ", wide)) or wide


def alike_path(path: str) -> str:
    r"""What two relative paths share that name one file in the spelling of two programs.

    Normal forms and case aside, ``\`` for ``/``, ``./`` at the beginning, and white space.
    """
    parts = [same(part) or part for part in path.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", "."))


@dataclass(frozen=True)
class Matcher:
    """Finds which of some names is meant: as it is spelled, else the same, else alike.

    What fits several names equally well is none of them.
    """

    _exact: frozenset[str] = field(repr=False)
    _by_key: tuple[tuple[Callable[[str], str], Mapping[str, str | None]], ...] = field(repr=False)
    _seen: dict[str, str | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, names: Iterable[str], strict: bool = False) -> Matcher:
        """For the names (K,) of classes.

        Args:
            strict: what is only alike is another name.
        """
        return _matcher(tuple(names), strict)

    def __call__(self, text: str) -> str | None:
        """The name that a text means; None for none, or for several."""
        if text in self._exact:
            return text
        if text not in self._seen:
            self._seen[text] = self._look(text)
        return self._seen[text]

    def _look(self, text: str) -> str | None:
        for key, named in self._by_key:
            value = key(text)
            if value and value in named:
                return named[value]
        return None


@lru_cache(maxsize=64)
def _matcher(names: tuple[str, ...], strict: bool) -> Matcher:
    keys = (clean, same) if strict else (clean, same, alike)
    return Matcher(frozenset(names), tuple((key, unique(names, key)) for key in keys))


def unique(names: Iterable[str], key: Callable[[str], str]) -> dict[str, str | None]:
    """Key → the only name that has it, or None where several have."""
    result: dict[str, str | None] = {}
    for name in names:
        value = key(name)
        result[value] = name if result.get(value, name) == name else None
    return result


def twins(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that people read as one, the earlier first; each name is in one pair."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[same(name)].append(name)
    return [(group[0], group[1]) for group in groups.values() if len(group) > 1]


def pair(one: str, other: str) -> str:
    """Two names side by side for a sentence, so that what differs can be seen."""
    shown = (repr(one), repr(other))
    if len({unicodedata.normalize("NFC", _IGNORED.sub("", text)) for text in shown}) == 1:
        shown = (ascii(one), ascii(other))
    return " and ".join(shown)


def _joined(word: str) -> str:
    """A word without joiners that join nothing."""
    bare = word.lstrip(_JOINERS)
    ended = bare.rstrip(_JOINERS)
    if ended and len(ended) < len(bare) and unicodedata.category(ended[-1])[0] == "M":
        return bare  # "half" letters of Malayalam and Sinhala at the end of a word
    return ended


def _is_seen(char: str) -> bool:
    """Whether a character shows something by itself."""
    return unicodedata.category(char)[0] in "LNPSC" and not (
        char in _UNSEEN or char in _JOINERS or "\U000e0020" <= char <= "\U000e007f"
    )
