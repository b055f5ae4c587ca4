"""Text that comes from people or files, shown as it is."""

from __future__ import annotations

import re

from core.images.names import shown
from core.runtime.spelling import remembered

_MARKUP = frozenset("\\`*_[]<>$~:|#&!{}")
_JOINER = "\u2060"  # has no width and breaks no line
# What Streamlit looks for in the text that is left when escapes are resolved, so that these do not
# help: addresses, which become links, shortcodes of emoji and icons, and arrows and dashes.
_LATE = re.compile(
    r"(?i:(?<=www)(?=\.)|(?<=http:)(?=//)|(?<=https:)(?=//))"
    r"|(?<=[-.\w+])(?=@[-\w])"
    r"|(?<=:)(?=(?:material/\w+|streamlit):)"
)
_ARROW = re.compile(r"(?<!\S)([-<>~])(->|[->=])(?!\S)")
# What begins a heading, a list or a line under a heading where a line begins.
_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d{1,9})([.)]))(?=\s|[-+=]|$)", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def plain(text: object) -> str:
    """``text`` with all that Streamlit's Markdown would interpret taken literally.

    Control characters are written as escapes; line ends stay. Where an escape does not help (see
    ``_LATE`` and ``_ARROW``) a joiner without width is put in, which nobody sees.
    """
    return _literal(str(text))


@remembered
def _literal(text: str) -> str:
    lines = "\n".join(map(shown, text.split("\n")))
    lines = _ARROW.sub(rf"\1{_JOINER}\2", _LATE.sub(_JOINER, _INDENT.sub("", lines)))
    escaped = "".join(f"\\{c}" if c in _MARKUP else c for c in lines)
    return _LINE_START.sub(_escaped_start, escaped)


def _escaped_start(match: re.Match[str]) -> str:
    space, sign, number, mark = match.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{mark}"
