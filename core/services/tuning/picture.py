"""A table above a learning curve, drawn as PNG with Pillow, which is always there."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

_SIZE, _LINE, _EDGE = 22, 36, 40  # of letters, from line to line, around all; pixels
_HEIGHT = 420  # of the curve
_MOST = 100  # letters of a line
_INK, _FAINT = (32, 33, 36), (200, 203, 208)
_COLOURS = {"loss": (31, 119, 180), "mrr": (214, 96, 20)}
_NAMES = {"loss": "loss", "mrr": "MRR on validation"}


def drawn(
    title: Sequence[str],
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    history: Sequence[Mapping[str, float]],
    step: str,
) -> bytes:
    """A PNG file.

    Args:
        title: sentences above; long ones are broken.
        heads, lines: of the table, all of one length.
        history: looks with "step", and "loss" and "mrr" where there are any.
        step: what a step is, below the curve.
    """
    above = [part for text in title for part in textwrap.wrap(text, _MOST)]
    font = ImageFont.load_default(_SIZE)
    columns = list(zip(heads, *lines, strict=True))
    widths = [max(round(font.getlength(cell)) for cell in own) + 34 for own in columns]
    width = max(sum(widths), *(round(font.getlength(text)) for text in above), 900) + 2 * _EDGE
    table = _LINE * (len(lines) + 1) if lines else 0
    height = 2 * _EDGE + _LINE * (len(above) + 1) + table + _HEIGHT
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(above):
        draw.text((_EDGE, _EDGE + number * _LINE), text, _INK, font)
    top = _EDGE + _LINE * (len(above) + 1)
    for number, cells in enumerate([heads, *lines] if lines else []):
        left = _EDGE
        for cell, own in zip(cells, widths, strict=True):
            draw.text((left, top + number * _LINE), cell, _INK, font)
            left += own
        below = top + (number + 1) * _LINE - 6
        draw.line((_EDGE, below, width - _EDGE, below), _INK if not number else _FAINT)
    _curve(draw, font, (_EDGE, top + table + _LINE, width - _EDGE, height - _EDGE), history, step)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _curve(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    box: tuple[int, int, int, int],
    history: Sequence[Mapping[str, float]],
    step: str,
) -> None:
    """Loss and MRR by step, each on a scale of its own whose ends stand beside its first point."""
    left, top, right, bottom = box[0], box[1] + 2 * _LINE, box[2], box[3] - _LINE
    draw.rectangle((left, top, right, bottom), outline=_FAINT)
    last = max((look["step"] for look in history), default=0.0) or 1.0
    draw.text((left, bottom + 6), f"0 to {last:,.0f} {step}", _INK, font)
    for number, (key, colour) in enumerate(_COLOURS.items()):
        own = [(look["step"], look[key]) for look in history if key in look]
        if not own:
            continue
        values = [value for _, value in own]
        low, span = min(values), (max(values) - min(values)) or 1.0
        points = [
            (left + (right - left) * at / last, bottom - 8 - (bottom - top - 16) * (v - low) / span)
            for at, v in own
        ]
        name = f"{_NAMES[key]}: {min(values):.3f} (bottom) to {max(values):.3f} (top)"
        draw.text((left, box[1] + number * _LINE), name, colour, font)
        draw.line(points, colour, 3)
        for x, y in points:
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=colour)
