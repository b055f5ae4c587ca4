"""Families of prompt templates for particular kinds of pictures, proposed when class names suit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.prompts.templates import GENERAL, expand, fill

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PRODUCTS = (
    "package packaged packaging unpackaged box boxed bottle jar can bag sachet label product item "
    "unboxed wrapped unwrapped carton tin pouch"
)
_DOCUMENTS = (
    "document invoice receipt letter form contract report page passport id card statement cheque "
    "check memo email resume certificate table handwriting signature"
)
_AERIAL = (
    "field forest river lake residential highway road industrial pasture cropland runway airport "
    "harbor harbour farmland urban meadow crop roof building desert beach parking"
)


@dataclass(frozen=True)
class Family:
    """Templates for one kind of picture.

    Attributes:
        key, title: for programs and for people.
        advice: when to use it, one line.
        templates: sentences with ``{}`` for what ``spoken`` makes of the class name.
        spoken: the class name as it stands in a sentence.
        suits: whether a list of class names looks like this kind.
    """

    key: str
    title: str
    advice: str
    templates: tuple[str, ...]
    spoken: Callable[[str], str]
    suits: Callable[[Sequence[str]], bool]

    def expand(self, name: str) -> tuple[str, ...]:
        """The prompts of a class."""
        spoken = self.spoken(name)
        # A sentence on a number makes no sense of a class that is none.
        fitting = [t for t in self.templates if "{digit}" not in t or numeral(name) is not None]
        return tuple(fill(t.replace("{digit}", numeral(name) or ""), spoken) for t in fitting)


def number_word(value: int) -> str:
    """0 to 99 in words."""
    if value < len(_ONES):
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def numeral(name: str) -> str | None:
    """The number that a class name is or ends with: "two", "digit_2" and "2" give "2"."""
    words = re.split(r"[\s_\-]+", name.strip().lower())
    last = words[-1]
    if last.isdecimal() and len(last) <= 2:
        return str(int(last))
    return str(_ONES.index(last)) if last in _ONES else None


def _plain(name: str) -> str:
    return name.replace("_", " ").strip()


def _number(name: str) -> str:
    digits = numeral(name)
    return number_word(int(digits)) if digits is not None else _plain(name)


def _sign(name: str) -> str:
    return _number(name) if numeral(name) else _plain(name).removeprefix("sign ").strip()


def _are_numbers(names: Sequence[str]) -> bool:
    return len(names) >= 2 and all(numeral(name) is not None for name in names)


def _are_signs(names: Sequence[str]) -> bool:
    # Single letters are how finger spelling is named; ten numbers may be either, so both are shown.
    letters = all(len(name.strip()) == 1 and name.strip().isalpha() for name in names)
    return len(names) >= 2 and (letters or _are_numbers(names))


def _speak_of(words: str) -> Callable[[Sequence[str]], bool]:
    wanted = frozenset(words.split())

    def suits(names: Sequence[str]) -> bool:
        hits = sum(any(w in wanted for w in re.findall(r"[a-z]+", name.lower())) for name in names)
        return len(names) >= 2 and hits >= max(2, len(names) / 2)

    return suits


FAMILIES: tuple[Family, ...] = (
    Family(
        "general", "General photos", "For any photo.", GENERAL, _plain, lambda names: True,
    ),
    Family(
        "digits", "Digits", "For pictures of written or printed numbers.",
        ("the digit {}", "handwritten number {digit}", "digit {digit}"), _number, _are_numbers,
    ),
    Family(
        "signs", "Sign language", "For pictures of hands that sign a letter, number or word.",
        ("hand sign for {}", "a hand showing the number {digit}"), _sign, _are_signs,
    ),
    Family(
        "products", "Products", "For catalogue and shop photos.",
        ("a product photo of {}", "a photo of {} for sale", "{}, on a plain background"),
        _plain, _speak_of(_PRODUCTS),
    ),
    Family(
        "documents", "Documents", "For scans and photos of paper.",
        ("a scan of a {}", "a photo of a {} on paper", "a page of a {}"),
        _plain, _speak_of(_DOCUMENTS),
    ),
    Family(
        "aerial", "Aerial", "For pictures from satellites, aeroplanes and drones.",
        ("an aerial photo of {}", "a satellite image of {}", "{} seen from above"),
        _plain, _speak_of(_AERIAL),
    ),
)  # fmt: skip


def proposed(names: Sequence[str]) -> list[Family]:
    """The families, beside the general one, that suit these class names. Never applied unasked."""
    return [family for family in FAMILIES[1:] if family.suits(names)]


def untouched(name: str, prompts: Sequence[str]) -> bool:
    """Whether a class still has the prompts that some family gave it, so that none is lost."""
    own = tuple(prompts)
    return not own or own == expand(name) or any(own == f.expand(name) for f in FAMILIES)
