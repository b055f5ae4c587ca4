"""Families of prompt templates for particular kinds of pictures, proposed when class names suit.

Which pictures a name belongs to is nothing that the name tells for sure, so on a screen families
are proposed only. Where a command is given bare names, `choose` decides: of names that mean
nothing in a general sentence, such as numbers, the family that they suit is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.prompts.templates import GENERAL, expand, expansions, fill
from core.runtime.errors import WinnowError
from core.runtime.spelling import alike

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
_COLOURS = (
    "red green blue yellow orange purple violet pink brown black white grey gray beige turquoise "
    "cyan magenta gold silver maroon navy olive teal cream multicolored multicoloured"
)
_SHADES = "dark light pale bright deep"
# Names of the class for all that is left: they say nothing of the kind of picture.
_REST = "other others rest none nothing unknown background misc else"
# Words in names of folders and files with pictures of hands: no "hand-written", no road signs.
_SIGNED = re.compile(
    r"(?<![a-z])(?:asl|bsl|lsf|dgs|signs?|(?:hands?|gestures?|fingers?)(?!\W*(?:written|drawn|made)))"
    r"(?![a-z])"
)
_OF_ROADS = re.compile(r"(?:traffic|road|street|shop|warning)s?\W*signs?")
AUTO, NONE = "auto", "none"
_ALIASES = {
    "none": "general", "photos": "general", "numbers": "digits", "numerals": "digits",
    "sign language": "signs", "hand signs": "signs", "gestures": "signs", "alphabet": "letters",
    "characters": "letters", "colors": "colours", "clip art": "drawings", "sketches": "drawings",
    "satellite": "aerial", "scans": "documents", "packaging": "products",
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Templates for one kind of picture.

    Attributes:
        key, title: for programs and for people.
        advice: when to use it, one line.
        templates: sentences with ``{}`` for what ``spoken`` makes of the class name.
        spoken: the class name as it stands in a sentence.
        suits: whether a list of class names looks like this kind.
        needed: such names mean nothing in a general sentence ("a photo of a 7").
    """

    key: str
    title: str
    advice: str
    templates: tuple[str, ...]
    spoken: Callable[[str], str]
    suits: Callable[[Sequence[str]], bool]
    needed: bool = False

    def expand(self, name: str) -> tuple[str, ...]:
        """The prompts of a class; those of the general family for one that means all the rest."""
        if alike(name) in _REST.split():
            return expand(name)
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


def _letter(name: str) -> str:
    last = _last_word(name)
    return last.upper() if len(last) == 1 else _plain(name)


def _last_word(name: str) -> str:
    return re.split(r"[\s_\-]+", name.strip())[-1]


def _telling(names: Sequence[str]) -> list[str]:
    """The names without those of the class for all else."""
    return [name for name in names if alike(name) not in _REST.split()]


def _are_numbers(names: Sequence[str]) -> bool:
    own = _telling(names)
    return len(own) >= 2 and all(numeral(name) is not None for name in own)


def _are_letters(names: Sequence[str]) -> bool:
    own = _telling(names)
    # Of names of several words only those that say so are letters: "size S" is none.
    said_so = re.compile(r"(?:letter|sign)[\s_\-]+\w", re.IGNORECASE)
    alone = all(len(name.strip()) == 1 or said_so.fullmatch(name.strip()) for name in own)
    return len(own) >= 2 and alone and all(_last_word(name).isalpha() for name in own)


def _are_signs(names: Sequence[str]) -> bool:
    # Finger spelling is named by letters, counting by numbers: either may be hands or be written.
    return _are_letters(names) or _are_numbers(names)


def _are_colours(names: Sequence[str]) -> bool:
    own = [re.findall(r"[a-z]+", name.lower()) for name in _telling(names)]
    colours, shades = set(_COLOURS.split()), set(_SHADES.split())
    return len(own) >= 2 and all(
        words and words[-1] in colours and colours | shades >= set(words) for words in own
    )


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
        needed=True,
    ),
    Family(
        "letters", "Letters", "For pictures of written or printed letters.",
        ("the letter {}", "a handwritten letter {}", "the capital letter {}"),
        _letter, _are_letters, needed=True,
    ),
    Family(
        "signs", "Sign language", "For pictures of hands that sign a letter, number or word.",
        ("hand sign for {}", "a hand showing the number {digit}"), _sign, _are_signs,
        needed=True,
    ),
    Family(
        "colours", "Colours", "For things that are told by their colour.",
        ("something {}", "a photo of something {}", "the colour {}"),
        _plain, _are_colours,
    ),
    Family(
        "products", "Products", "For catalogue and shop photos.",
        ("a product photo of a {}", "a photo of a {} for sale", "a {}, on a plain background"),
        _plain, _speak_of(_PRODUCTS),
    ),
    Family(
        "documents", "Documents", "For scans and photos of paper.",
        ("a scan of a {}", "a photo of a {} on paper", "a page of a {}"),
        _plain, _speak_of(_DOCUMENTS),
    ),
    Family(
        "aerial", "Aerial", "For pictures from satellites, aeroplanes and drones.",
        ("an aerial photo of a {}", "a satellite image of a {}", "a {} seen from above"),
        _plain, _speak_of(_AERIAL),
    ),
    Family(
        "drawings", "Drawings", "For clip art, icons, sketches and paintings, when asked for.",
        ("a drawing of a {}", "clip art of a {}", "an icon of a {}", "{}"),
        _plain, lambda names: False,
    ),
)  # fmt: skip


def proposed(names: Sequence[str]) -> list[Family]:
    """The families, beside the general one, that suit these class names. Never applied unasked."""
    return [family for family in FAMILIES[1:] if family.suits(names)]


def named_family(key: str) -> Family:
    """A family by its key or another name of it, such as "sign-language"; "none" is the general.

    Raises:
        WinnowError: there is none; the message lists those there are.
    """
    wanted = alike(key)
    wanted = _ALIASES.get(wanted, wanted)
    for family in FAMILIES:
        if wanted in (family.key, alike(family.title)):
            return family
    keys = ", ".join((AUTO, NONE, *(family.key for family in FAMILIES[1:])))
    raise WinnowError(f"There is no family of prompts {key[:40]!r}: choose one of {keys}.")


@dataclass(frozen=True)
class Choice:
    """The family that bare class names are given.

    Attributes:
        family: whose templates are used.
        others: families that the names suit too.
        hint: the word in a name of a folder or file that decided, "" where none did.
    """

    family: Family
    others: tuple[Family, ...] = ()
    hint: str = ""


def choose(names: Sequence[str], folder: str = "", paths: Sequence[str] = ()) -> Choice:
    """The family for class names of which nothing else is known.

    The general one, unless the names mean nothing in a general sentence. Numbers and letters may be
    written or be shown by hands: that the folder or most files say so decides, and otherwise they
    are written. (A weak encoder sees hands in most written digits, so encoders are not asked.)

    Args:
        folder: name of the folder with the images.
        paths: of the images in it.
    """
    suiting = proposed(names)
    needed = [family for family in suiting if family.needed]
    if not needed:
        return Choice(FAMILIES[0], tuple(suiting))
    first = needed[0]
    hint = _word_of_hands(folder, paths)
    signs = next((family for family in needed if family.key == "signs"), None)
    if signs is not None and hint:
        first = signs
    others = tuple(family for family in suiting if family is not first)
    return Choice(first, others, hint if first is signs else "")


def _word_of_hands(folder: str, paths: Sequence[str]) -> str:
    """The word by which a folder, or most of its files, is of hands; "" for none."""
    if word := _word_in(folder):
        return word
    words = [word for path in paths if (word := _word_in(path))]
    return words[0] if words and len(words) > len(paths) / 2 else ""


def _word_in(place: str) -> str:
    spaced = re.sub(r"[_\d]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", place)).lower()
    match = _SIGNED.search(spaced)
    return match[0] if match is not None and not _OF_ROADS.search(spaced) else ""


def family_of(prompts: Mapping[str, Sequence[str]]) -> Family | None:
    """The family whose prompts all classes have, as nobody has changed them; None for none."""
    for family in FAMILIES:
        if prompts and all(tuple(own) == family.expand(name) for name, own in prompts.items()):
            return family
    return None


def untouched(name: str, prompts: Sequence[str]) -> bool:
    """Whether a class still has the prompts that some family gave it, so that none is lost."""
    return not prompts or _by_family(name, tuple(prompts))


@lru_cache(maxsize=4_096)  # asked of every class whenever a page is drawn
def _by_family(name: str, prompts: tuple[str, ...]) -> bool:
    return prompts in expansions(name) or any(prompts == f.expand(name) for f in FAMILIES)
