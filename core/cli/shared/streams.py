"""Text for streams of any encoding: what cannot be written as it is, is written as an escape.

A pipe on Windows takes cp1252, a bare container ASCII. Neither may end a command with a traceback
after an hour of work.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from core.images.names import shown


def prepare() -> None:
    """Let standard output and errors escape what their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # what a test or a notebook puts in its place may not have it
            reconfigure(errors="backslashreplace")


def safe_lines(text: str) -> str:
    """Text of one or more lines without anything that steers a terminal or reorders text."""
    if text.isprintable():
        return text
    return "\n".join(shown(line) for line in text.split("\n"))


def as_json(content: Any, stream: TextIO) -> str:
    """One JSON object on one line that ``stream`` can take and every reader of JSON understands."""
    text = json.dumps(content, ensure_ascii=False)
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(content)
    return text
