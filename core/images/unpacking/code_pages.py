"""In which code page an archive's names are written, told from all of them together.

ZIP and TAR keep names as bytes, and programs of Windows write those of the system's language
without saying which. The bytes are taken as drawn from one of some models, a code page each, and
the most likely wins: so a pair of bytes counts as what it would be in each, a common character of
Chinese in one and a rare one of Korean in another. Detectors for whole pages of text, such as
charset-normalizer, need more than a few characters: they take a folder of Chinese names for
Korean.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, log

from core.runtime.errors import WinnowError

SAMPLE = 2_000
"""Names that are looked at, spread over all; more would not change the outcome."""
SURE = 6.0
"""Natural logarithm of how much more likely the winner has to be than any other reading."""
_COMMON, _RARE = log(0.02), log(0.0005)  # characters of ASCII in names
_STRAY = 5.0  # how much less likely a letter is in the middle of a word of other letters
_ALONE = 3.0  # how much less likely a letter is that makes a word by itself
_UTF8_PRIOR = 6.0
_MISFIT = -40.0  # a name that a code page cannot have written
_UTF8_BYTES = 6  # so many that fit UTF-8 by chance are no chance any more

# Letters, the most frequent first.
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїєъёґў"
_GREEK = "αοιετσνηυρπκμλςόίάωέδήύώγχθφβξζψϊϋΐΰ"
_WEST = "éüäöèàçñáíóåøúßêæâîôïëûõãœìòùÿšž"
_CENTRAL = "áéíóőúöüłąęčšžřěýćśżźńůäťďňľôűßëçđ"
_TURKISH = "ıüşöğçâîéäûáèßñ"
_HEBREW = "יוהלאתרמבנשדחעקפכטסגזצךםןףץ"
_ARABIC = "اليمنوتربعدسفكقحجهةشصطخىذغءثئزضظأإآؤ"
_THAI = "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F))))
_MARKS = "–’°“”…€®©™²·«»´½£§¡¿×№„‘ \u00a0"


@dataclass(frozen=True)
class CodePage:
    """A way to write names as bytes.

    Attributes:
        codec: what Python calls it.
        title: what people call it.
        prior: natural logarithm of how usual it is, up to a constant.
        likelihood: of a decoded name and its bytes, as a natural logarithm.
    """

    codec: str
    title: str
    prior: float
    likelihood: Callable[[str], float]


@dataclass(frozen=True)
class Reading:
    """How an archive's names are read.

    Attributes:
        codec: what Python calls the encoding; "utf-8" where all names fit it.
        sure: no other reading is nearly as likely.
        odd: (M,) different names of more than ASCII whose encoding the archive does not tell, at
            most `SAMPLE` of them.
    """

    codec: str = "utf-8"
    sure: bool = True
    odd: tuple[bytes, ...] = field(default=(), repr=False)

    def text(self, raw: bytes) -> str:
        """A name; one that does not fit is read as Latin-1, which fits all bytes."""
        if raw.isascii():
            return raw.decode("ascii")
        if self.codec != "utf-8" and _is_long_utf8(raw):
            return raw.decode()
        for codec in (self.codec, "utf-8"):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
        return raw.decode("latin-1")

    @property
    def title(self) -> str:
        """What people call the encoding."""
        return title_of(self.codec)

    def examples(self, count: int) -> list[str]:
        """Some of the names as they are read."""
        return [self.text(raw) for raw in self.odd[:count]]


def read_names(raw: Iterable[bytes]) -> Reading:
    """How names are to be read that do not tell their encoding.

    Args:
        raw: (N,) the names as they lie in one archive.
    """
    odd = _sample(dict.fromkeys(name for name in raw if not name.isascii()))
    telling = [name for name in odd if not _is_long_utf8(name)]
    pages = list(CODE_PAGES)
    if all(map(_is_utf8, odd)):
        if len(telling) < len(odd) or not odd:
            return Reading("utf-8", True, odd)
        pages.append(_UTF8)  # so short that it may be chance
    scores = sorted(
        ((_score(page, telling), -place, page) for place, page in enumerate(pages)), reverse=True
    )
    best, _, page = scores[0]
    winner = _decoded(page, telling)
    rivals = [score for score, _, other in scores[1:] if _decoded(other, telling) != winner]
    lead = (
        best - max(0.0, page.prior) - rivals[0] if rivals else SURE
    )  # being usual makes nothing sure
    return Reading(page.codec, lead >= SURE, odd)


def codec_of(name: str) -> str:
    """What Python calls the encoding that somebody means by ``name``.

    Of Shift-JIS, Big5, GBK and EUC-KR the larger forms are taken that Windows writes.

    Raises:
        WinnowError: there is no such encoding of text.
    """
    wanted = name.strip().lower().replace(" ", "-")
    try:
        codec = codecs.lookup(_ALIASES.get(wanted, wanted)).name
        "".encode(codec)  # some codecs are none of text
    except (LookupError, ValueError, TypeError):
        usual = ", ".join(["utf-8", *(page.codec for page in CODE_PAGES)])
        raise WinnowError(
            f"{name!r} is no encoding of names that Python knows: choose for example "
            f"one of {usual}."
        ) from None
    return _ALIASES.get(codec, codec)


def title_of(codec: str) -> str:
    """What people call an encoding."""
    titles = {page.codec: page.title for page in CODE_PAGES} | {"utf-8": "UTF-8"}
    return titles.get(codec, codec)


def _sample(names: dict[bytes, None]) -> tuple[bytes, ...]:
    every = list(names)
    return tuple(every[:: max(1, len(every) // SAMPLE)][:SAMPLE])


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_long_utf8(raw: bytes) -> bool:
    """Whether a name is UTF-8 and long enough for that to be no chance."""
    return sum(byte > 127 for byte in raw) >= _UTF8_BYTES and _is_utf8(raw)


def _score(page: CodePage, names: Sequence[bytes]) -> float:
    total = page.prior
    for raw in names:
        try:
            total += page.likelihood(raw.decode(page.codec))
        except UnicodeDecodeError:
            total += _MISFIT + _COMMON * len(raw)
    return total


def _decoded(page: CodePage, names: Sequence[bytes]) -> list[str]:
    return [raw.decode(page.codec, "replace") for raw in names]


def _ranked(letters: str, mass: float, decay: float) -> dict[str, float]:
    """Probabilities that fall by e after every ``decay`` letters."""
    weights = [exp(-rank / decay) for rank in range(len(letters))]
    scale = mass / sum(weights)
    return {letter: scale * weight for letter, weight in zip(letters, weights, strict=True)}


def _alphabet(
    letters: str, mass: float, decay: float, lonely: bool = False
) -> Callable[[str], float]:
    """A model of a script of single bytes.

    Args:
        letters: small ones, the most frequent first.
        mass: share of them in names.
        lonely: they stand among letters of ASCII; two of them side by side are rare.
    """
    share = _ranked(letters, mass, decay)
    marks = dict.fromkeys(_MARKS, 3e-4)

    def likelihood(text: str) -> float:
        total, before = 0.0, " "
        for place, char in enumerate(text):
            if char.isascii():
                total += _ascii(char)
            elif probability := share.get(char.lower(), share.get(char, 0.0)):
                total += log(probability) + _case(before, char)
                if lonely and not before.isascii() and before.isalpha():
                    total -= 2.0
                if not lonely:
                    total -= _STRAY * _touches_latin(text, place) + _ALONE * _is_alone(text, place)
            else:
                total += log(marks.get(char, 1e-7 if char.isprintable() else 1e-10))
                if before.isalpha() and text[place + 1 : place + 2].isalpha() and char not in "’·":
                    total -= _STRAY
            before = char
        return total

    return likelihood


def _ascii(char: str) -> float:
    return _COMMON if char.isalnum() or char in " ._-/()" else _RARE


def _touches_latin(text: str, place: int) -> bool:
    """Whether a letter of ASCII is next to a character of another script."""
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return any(char.isascii() and char.isalpha() for char in around)


def _is_alone(text: str, place: int) -> bool:
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return not any(map(str.isalpha, around))


def _case(before: str, char: str) -> float:
    """How likely a letter is large or small after the one before."""
    if char.upper() == char.lower():
        return 0.0
    large = 0.4
    if before.isalpha():
        large = 0.6 if before.isupper() else 0.005
    return log(large if char.isupper() else 1 - large)


def _pairs(
    codec: str, zones: Sequence[tuple[int, int, float, int]], singles: float = 1e-8
) -> Callable[[str], float]:
    """A model of a script of two bytes a character.

    Args:
        zones: first and last pair of bytes as numbers, share of all characters, and how many there
            are; the first zone that holds a pair counts.
        singles: probability of a character of one byte beyond ASCII.
    """
    shares = [(first, last, log(share / count)) for first, last, share, count in zones]

    def likelihood(text: str) -> float:
        total = 0.0
        for place, char in enumerate(text):
            if char.isascii():
                total += _ascii(char)
                continue
            total -= _STRAY / 2 * _touches_latin(text, place)
            raw = char.encode(codec)
            pair = int.from_bytes(raw, "big")
            if len(raw) == 1:
                total += log(singles)
            elif len(raw) > 2 or 0xE000 <= ord(char) < 0xF900:  # four bytes, or private
                total += log(1e-8)
            else:
                total += next((p for low, high, p in shares if low <= pair <= high), log(1e-7))
        return total

    return likelihood


def _any_alphabet(text: str) -> float:
    return max(page.likelihood(text) for page in CODE_PAGES if page.codec in _ALPHABETS)


# Pairs in the order of the standards, which put the common characters first: JIS X 0208, Big5,
# GB 2312 and KS X 1001. Shares are those of names of files, roughly.
_JAPANESE = (
    (0x829F, 0x82F1, 0.2, 83), (0x8340, 0x8396, 0.3, 86), (0x889F, 0x9872, 0.42, 2_965),
    (0x824F, 0x829A, 0.02, 62), (0x815B, 0x815B, 0.03, 1), (0x8140, 0x81FC, 0.02, 147),
    (0x989F, 0xEAA4, 0.008, 3_390), (0x8740, 0xFC4B, 0.002, 800),
)  # fmt: skip
_TAIWANESE = (
    (0xA440, 0xC67E, 0.955, 5_401), (0xC940, 0xF9D5, 0.025, 7_652), (0xA140, 0xA3BF, 0.02, 408),
)  # fmt: skip
_CHINESE = (
    (0xB0A1, 0xD7F9, 0.95, 3_755), (0xD8A1, 0xF7FE, 0.025, 3_008), (0xA1A1, 0xA3FE, 0.02, 282),
    (0xA4A1, 0xA9FE, 0.0005, 560), (0x8140, 0xFEFE, 0.004, 14_000),
)  # fmt: skip
_KOREAN = (
    (0xB0A1, 0xC8FE, 0.97, 2_350), (0xA1A1, 0xACFE, 0.012, 986), (0xCAA1, 0xFDFE, 0.01, 4_888),
    (0x8141, 0xC652, 0.006, 8_822),
)  # fmt: skip

CODE_PAGES: tuple[CodePage, ...] = (
    CodePage("cp932", "Shift-JIS (Japanese)", 0.0, _pairs("cp932", _JAPANESE, 1e-4)),
    CodePage("gb18030", "GBK or GB18030 (simplified Chinese)", 0.0, _pairs("gb18030", _CHINESE)),
    CodePage("cp950", "Big5 (traditional Chinese)", 0.0, _pairs("cp950", _TAIWANESE)),
    CodePage("cp949", "EUC-KR (Korean)", 0.0, _pairs("cp949", _KOREAN)),
    CodePage("cp1252", "Windows-1252 (Western Europe)", 0.0, _alphabet(_WEST, 0.08, 6, True)),
    CodePage("cp850", "DOS 850 (Western Europe)", 0.0, _alphabet(_WEST, 0.08, 6, True)),
    CodePage("cp437", "DOS 437 (United States)", -1.0, _alphabet(_WEST, 0.08, 6, True)),
    CodePage("cp1251", "Windows-1251 (Cyrillic)", 0.0, _alphabet(_RUSSIAN, 0.9, 9)),
    CodePage("cp866", "DOS 866 (Cyrillic)", 0.0, _alphabet(_RUSSIAN, 0.9, 9)),
    CodePage("koi8-r", "KOI8-R (Cyrillic)", -2.0, _alphabet(_RUSSIAN, 0.9, 9)),
    CodePage("cp1250", "Windows-1250 (Central Europe)", -2.0, _alphabet(_CENTRAL, 0.08, 8, True)),
    CodePage("cp852", "DOS 852 (Central Europe)", -2.0, _alphabet(_CENTRAL, 0.08, 8, True)),
    CodePage("cp1253", "Windows-1253 (Greek)", -1.0, _alphabet(_GREEK, 0.9, 9)),
    CodePage("cp737", "DOS 737 (Greek)", -2.0, _alphabet(_GREEK, 0.9, 9)),
    CodePage("cp1254", "Windows-1254 (Turkish)", -2.0, _alphabet(_TURKISH, 0.08, 4, True)),
    CodePage("cp1255", "Windows-1255 (Hebrew)", -2.0, _alphabet(_HEBREW, 0.9, 12)),
    CodePage("cp1256", "Windows-1256 (Arabic)", -2.0, _alphabet(_ARABIC, 0.9, 10)),
    CodePage("cp874", "Windows-874 (Thai)", -2.0, _alphabet(_THAI, 0.9, 40)),
)
"""The code pages that are told from one another; any other can be named."""

_ALPHABETS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256")
_UTF8 = CodePage("utf-8", "UTF-8", _UTF8_PRIOR, _any_alphabet)

_ALIASES = {
    "shift-jis": "cp932", "shift_jis": "cp932", "sjis": "cp932", "ms932": "cp932",
    "windows-31j": "cp932", "big5": "cp950", "big-5": "cp950", "gbk": "gb18030",
    "gb2312": "gb18030", "cp936": "gb18030", "euc-kr": "cp949", "euc_kr": "cp949", "uhc": "cp949",
    "ks_c_5601-1987": "cp949", "koi8_r": "koi8-r",
}  # fmt: skip
