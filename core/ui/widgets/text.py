"""Text that comes from people or files, shown as it is."""

from __future__ import annotations

_MARKUP = frozenset("\\`*_[]<>$~:|")


def plain(text: object) -> str:
    """``text`` with all that Streamlit's Markdown would interpret taken literally."""
    return "".join(f"\\{c}" if c in _MARKUP else c for c in str(text))
