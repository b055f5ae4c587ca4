"""The page as a PDF: one sheet of A4, pictures first. Equal pages give equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from core.export.report.one_page import fonts
from core.export.report.one_page.content import Group, Page
from core.export.report.one_page.grid import PICTURE_GAP, Grid, grid

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 12.0
"""Of the sheet, in millimetres."""
_MM = 72 / 25.4
_INNER = WIDTH - 2 * MARGIN
_INK, _SOFT, _LINE, _TILE = (0.11, 0.13, 0.16), (0.42, 0.45, 0.5), (0.85,) * 3, (0.955, 0.96, 0.97)
_LEAST_GRID = 90.0  # millimetres for the classes, however much there is to say
_APART = 3.0  # millimetres above a section
_SIZES = (8.0, 7.4, 6.8, 6.2, 5.6)  # points of the sentences below, as large as there is room for


def write_pdf(page: Page) -> bytes:
    """The file. What there is no room for at the smallest size of the letters is cut at the end."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH * _MM, HEIGHT * _MM), invariant=1)
    canvas.setTitle(page.title)
    canvas.setCreator("Winnow")
    pen = _Pen(canvas)
    top = _figures(pen, page, _head(pen, page))
    texts = _fitted(page, HEIGHT - MARGIN - top - _LEAST_GRID)
    bottom = HEIGHT - MARGIN - _height(texts)
    _classes(pen, page, top, bottom - top - 3.0)
    _sentences(pen, texts, bottom)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Pen:
    """Draws on a canvas in millimetres from the top left."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def text(
        self, x: float, y: float, text: str, size: float, bold: bool = False, soft: bool = False
    ) -> float:
        """Draw one line with its foot at ``y``; returns where it ends."""
        self.canvas.setFillColorRGB(*(_SOFT if soft else _INK))
        for name, part in fonts.runs(text, bold):
            self.canvas.setFont(name, size)
            self.canvas.drawString(x * _MM, (HEIGHT - y) * _MM, part)
            x += self.canvas.stringWidth(part, name, size) / _MM
        return x

    def right(self, x: float, y: float, text: str, size: float, soft: bool = False) -> float:
        """Draw one line that ends at ``x``; returns where it begins."""
        start = x - fonts.width(text, size) / _MM
        self.text(start, y, text, size, soft=soft)
        return start

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A tile, its top left at (x, y)."""
        self.canvas.setFillColorRGB(*_TILE)
        self.canvas.roundRect(
            x * _MM, (HEIGHT - y - height) * _MM, width * _MM, height * _MM, 4, stroke=0, fill=1
        )

    def rule(self, y: float) -> None:
        """A thin line from margin to margin."""
        self.canvas.setStrokeColorRGB(*_LINE)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(
            MARGIN * _MM, (HEIGHT - y) * _MM, (WIDTH - MARGIN) * _MM, (HEIGHT - y) * _MM
        )

    def picture(self, x: float, y: float, side: float, data: bytes) -> None:
        """A square picture, its top left at (x, y)."""
        image = ImageReader(io.BytesIO(data))
        self.canvas.drawImage(image, x * _MM, (HEIGHT - y - side) * _MM, side * _MM, side * _MM)


def _head(pen: _Pen, page: Page) -> float:
    """Title, date and summary; returns where they end."""
    y = MARGIN + 7.0
    left = pen.right(WIDTH - MARGIN, y, page.date, 9, soft=True)
    room = (left - MARGIN - 6) * _MM
    pen.text(MARGIN, y, fonts.cut(page.title, 20, room, bold=True), 20, bold=True)
    y += 2.5
    for sentence in page.summary:
        for line in fonts.wrapped(sentence, 10, _INNER * _MM)[:2]:
            y += 5.0
            pen.text(MARGIN, y, line, 10)
    return y + 4.0


def _figures(pen: _Pen, page: Page, y: float) -> float:
    """The figures as tiles side by side; returns where they end."""
    gap, height, count = 3.0, 17.0, len(page.figures)
    if not count:
        return y
    width = (_INNER - gap * (count - 1)) / count
    for number, (value, words) in enumerate(page.figures):
        x, room = MARGIN + number * (width + gap), (width - 6) * _MM
        pen.box(x, y, width, height)
        pen.text(x + 3, y + 7.5, fonts.cut(value, 15, room, bold=True), 15, bold=True)
        for row, text in enumerate(fonts.wrapped(words, 7.2, room)[:2]):
            pen.text(x + 3, y + 11.8 + 3.1 * row, text, 7.2, soft=True)
    return y + height + 4.0


def _classes(pen: _Pen, page: Page, top: float, height: float) -> None:
    if not page.groups:
        return
    others = 4.0 if page.others else 0.0
    layout = grid(len(page.groups), _INNER, height - others)
    for number, group in enumerate(page.groups):
        left, above = layout.place(number)
        _class(pen, group, layout, MARGIN + left, top + above)
    if page.others:
        end = top + layout.place(len(page.groups) - 1)[1] + layout.height
        text = fonts.cut(page.others, 7.5, _INNER * _MM)
        pen.text(MARGIN, end + 4.0, text, 7.5, soft=True)


def _class(pen: _Pen, group: Group, layout: Grid, x: float, y: float) -> None:
    size = 9.0 if layout.head > 4 else 7.0
    foot = y + layout.head - 1.4
    start = pen.right(x + layout.width, foot, f"{group.count:,}", size, soft=True)
    pen.text(x, foot, fonts.cut(group.name, size, (start - x - 1) * _MM, bold=True), size, True)
    for number, picture in enumerate(group.pictures[: layout.pictures]):
        row, column = divmod(number, layout.across)
        step = layout.side + PICTURE_GAP
        pen.picture(x + column * step, y + layout.head + row * step, layout.side, picture)


@dataclass(frozen=True)
class _Texts:
    """Lines below the pictures: (heading or "", its lines), and their size in points."""

    parts: Sequence[tuple[str, Sequence[str]]]
    size: float


def _fitted(page: Page, most: float) -> _Texts:
    """The sentences in lines, as large as ``most`` millimetres allow."""
    for size in _SIZES:
        texts = _Texts(_parts(page, size), size)
        if _height(texts) <= most:
            return texts
    parts = [(head, list(lines)) for head, lines in texts.parts]
    while _height(_Texts(parts, size)) > most:
        longest = max(parts, key=lambda part: len(part[1]))
        del longest[1][-1]
        longest[1][-1] = f"{longest[1][-1].removesuffix(' …')} …"
    return _Texts(parts, size)


def _parts(page: Page, size: float) -> list[tuple[str, list[str]]]:
    sections = (("Promised", page.promised), ("Left to look at", page.left), ("", page.foot))
    room = _INNER * _MM
    return [
        (head, [line for text in texts for line in fonts.wrapped(text, size, room)])
        for head, texts in sections
        if texts
    ]


def _step(size: float) -> float:
    return size * 1.32 / _MM


def _height(texts: _Texts) -> float:
    lines = sum(len(lines) + bool(head) for head, lines in texts.parts)
    return lines * _step(texts.size) + _APART * len(texts.parts)


def _sentences(pen: _Pen, texts: _Texts, y: float) -> None:
    for head, lines in texts.parts:
        if not head:  # the foot
            pen.rule(y + 1.9)
        y += _APART
        if head:
            y += _step(texts.size)
            pen.text(MARGIN, y, head, texts.size, bold=True)
        for line in lines:
            y += _step(texts.size)
            pen.text(MARGIN, y, line, texts.size, soft=not head)
