"""The page as HTML that needs nothing else, not even a network; printed it is one sheet of A4."""

from __future__ import annotations

import base64
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.export.report.one_page.content import Page
from core.export.report.one_page.grid import GAP, PICTURE_GAP, grid

_HERE = Path(__file__).parent
# Nothing may be loaded or run, whatever a name in the page holds.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_WIDTH, _HEIGHT = 186.0, 172.0  # millimetres for the classes and the sentences below them
_LEAST, _LINE, _LETTERS = 60.0, 3.9, 125  # of the classes; of a line, and how long one is


def write_html(page: Page) -> bytes:
    """The file; every name is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    layout = grid(max(1, len(page.groups)), _WIDTH, max(_LEAST, _HEIGHT - _below(page)))
    groups = [
        (group.name, f"{group.count:,}", [_uri(data) for data in group.pictures[: layout.pictures]])
        for group in page.groups
    ]
    text = environment.get_template("one_page.html.j2").render(
        page=page, groups=groups, layout=layout, policy=_POLICY, gap=GAP, picture_gap=PICTURE_GAP
    )
    return text.encode("utf-8", "backslashreplace")


def _below(page: Page) -> float:
    """About how many millimetres the sentences below the classes take."""
    texts = [*page.promised, *page.left, *page.foot, page.others]
    return _LINE * (3 + sum(ceil(len(text) / _LETTERS) for text in texts))


def _uri(data: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
