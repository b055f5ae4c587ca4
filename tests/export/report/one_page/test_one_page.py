"""The one-page report: all classes fit one sheet, whatever they are called and however many."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.export.report.one_page import fonts
from core.export.report.one_page.content import Group, Page, line, of_hundred
from core.export.report.one_page.grid import GAP, PICTURE_GAP, grid
from core.export.report.one_page.html import write_html
from core.export.report.one_page.pdf import write_pdf

NAMES = [
    "Äpfel",
    "Груши",
    "苹果",
    "リンゴ",
    "사과",
    "עברית",
    "x" * 200,
    "😀",
    "<b>\"&'</b>",
    "\u202ea",
]


def square(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), (shade % 256, 90, 40)).save(out, "JPEG")
    return out.getvalue()


def page(classes: int, sentences: int = 1) -> Page:
    names = [*NAMES, *(f"class {n}" for n in range(classes))][:classes]
    return Page(
        title="Groceries <script>",
        date="2026-01-02",
        figures=[("93.4%", "of all predictions are right"), ("59,300", "images")],
        summary=["59,300 images are sorted."],
        groups=[Group(name, 10**n % 99_991, [square(n)] * 18) for n, name in enumerate(names)],
        others="12 smaller classes are not shown.",
        promised=["At least 95 % of all images in the class folders are right. " * 3] * sentences,
        left=["700 images wait in the folder review."] * sentences,
        foot=["Measured on 150 random images."] * sentences,
    )


@pytest.mark.parametrize("classes", [0, 1, 2, 10, 43, 60])
@pytest.mark.parametrize("sentences", [0, 1, 60])
def test_the_pdf_is_one_page_and_always_the_same(classes: int, sentences: int) -> None:
    made = write_pdf(page(classes, sentences))
    assert made.startswith(b"%PDF-") and made == write_pdf(page(classes, sentences))
    assert len(re.findall(rb"/Type /Page\b(?!s)", made)) == 1
    if classes:
        assert made.count(b"/Subtype /Image") >= 1


@given(st.integers(1, 60), st.floats(90, 186), st.floats(60, 180))
def test_every_class_lies_on_the_page(classes: int, width: float, height: float) -> None:
    made = grid(classes, width, height)
    assert made.columns * made.rows >= classes and made.pictures >= 1 and made.side > 0
    across = made.across * made.side + PICTURE_GAP * (made.across - 1)
    assert across <= made.width + 1e-6
    for number in range(classes):
        left, top = made.place(number)
        assert left + made.width <= width + 1e-6
        assert top + made.height <= height + 1e-6
    assert made.height >= made.head + made.side
    assert made.place(0) == (0, 0) and (classes == 1 or made.columns == 1 or GAP > 0)


def test_pictures_grow_where_there_are_few_classes() -> None:
    two, many = grid(2, 186, 180), grid(43, 186, 180)
    assert two.pictures * 2 >= 12 and two.side > many.side > 8


def test_html_escapes_every_name_and_loads_nothing() -> None:
    text = write_html(page(len(NAMES))).decode()
    assert "<script" not in text and '<b>"&' not in text and "&lt;b&gt;" in text
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src &#39;none&#39;" in text
    assert text.count("<section>") == len(NAMES)


def test_letters_are_drawn_by_the_first_font_that_has_them() -> None:
    assert [name for name, _ in fonts.runs("Äpfel")] == ["winnow-Vera"]
    assert [name for name, _ in fonts.runs("苹果")] == ["STSong-Light"]
    assert "".join(part for _, part in fonts.runs("a\U000e0fffb")) == f"a{fonts.MISSING}b"
    assert fonts.width("aa", 10) == pytest.approx(2 * fonts.width("a", 10))


@given(st.text(max_size=60), st.floats(5, 300))
def test_text_is_cut_to_its_place(text: str, most: float) -> None:
    cut = fonts.cut(text, 9, most)
    assert fonts.width(cut, 9) <= most or cut in ("", "…")
    for part in fonts.wrapped(text, 9, most):
        assert fonts.width(part, 9) <= most or part == "…"


def test_shares_are_words_and_intervals_never_say_too_much() -> None:
    assert of_hundred(0.934, 0.8812, 0.9678) == "About 93 of 100 (with 95 % confidence 88 to 97)"
    assert of_hundred(1.0, 0.95, 1.0) == "About 100 of 100 (with 95 % confidence 95 to 100)"
    assert of_hundred(0.5, None, None) == "About 50 of 100"
    assert line("a\n b\u202e") == "a b\\u202e" and len(line("x" * 999)) == 400
