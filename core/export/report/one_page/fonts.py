"""Letters for the PDF: the first font that has a letter draws it.

ReportLab brings Vera, which has the letters of western and central Europe. DejaVu, where the system
has it, adds Greek, Cyrillic and more; Chinese, Japanese and Korean are drawn by the fonts that
every reader of PDF has for them. What none has is drawn as a question mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

MISSING = "?"
_OWN = Path(reportlab.__file__).parent / "fonts"
_SYSTEM = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/usr/local/share/fonts"),
)
_ASIAN = (  # first and last letter, font
    (0x3040, 0x30FF, "HeiseiKakuGo-W5"),
    (0xAC00, 0xD7A3, "HYGothic-Medium"),
    (0x4E00, 0x9FFF, "STSong-Light"),
    (0x3000, 0x303F, "STSong-Light"),
    (0xFF00, 0xFFEF, "STSong-Light"),
)


@lru_cache(maxsize=1)
def _loaded() -> dict[bool, list[tuple[str, frozenset[int]]]]:
    """Bold or not → fonts with the letters that they have, the first to try first."""
    wanted = [(_OWN / "Vera.ttf", _OWN / "VeraBd.ttf")]
    wanted += [(place / "DejaVuSans.ttf", place / "DejaVuSans-Bold.ttf") for place in _SYSTEM]
    fonts: dict[bool, list[tuple[str, frozenset[int]]]] = {False: [], True: []}
    for files in wanted:
        for bold, file in zip((False, True), files, strict=True):
            try:
                font = TTFont(f"winnow-{file.stem}", str(file))
            except (TTFError, OSError):  # not installed
                continue
            pdfmetrics.registerFont(font)
            fonts[bold].append((font.fontName, frozenset(font.face.charToGlyph)))
    for _, _, name in _ASIAN:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return fonts


def runs(text: str, bold: bool = False) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the name of the font that draws it."""
    for name, letters in groupby((_font_of(letter, bold) for letter in text), itemgetter(0)):
        yield name, "".join(letter for _, letter in letters)


def _font_of(letter: str, bold: bool) -> tuple[str, str]:
    fonts, code = _loaded()[bold], ord(letter)
    for name, letters in fonts:
        if code in letters:
            return name, letter
    for first, last, name in _ASIAN:
        if first <= code <= last:
            return name, letter
    return fonts[0][0], MISSING


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in points."""
    return sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs(text, bold))


def cut(text: str, size: float, most: float, bold: bool = False) -> str:
    """The text, or as much of it as ``most`` points hold, with an ellipsis."""
    if width(text, size, bold) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(f"{text[:middle].rstrip()}…", size, bold) <= most:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…" if low else ""


def wrapped(text: str, size: float, most: float, bold: bool = False) -> list[str]:
    """The text in lines of at most ``most`` points; words that are longer are cut."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}" if current else word
        if width(longer, size, bold) <= most:
            current = longer
            continue
        lines += [current] if current else []
        current = cut(word, size, most, bold)
    return [*lines, current] if current else lines
