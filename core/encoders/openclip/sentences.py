"""Errors of other libraries, short enough to stand inside a sentence of ours."""

from __future__ import annotations


def brief(error: BaseException) -> str:
    """An error's first telling line, without its full stop."""
    lines = [line.strip().rstrip(".:") for line in str(error).splitlines() if line.strip()]
    telling = next((line for line in lines if "mismatch" in line or "Missing" in line), None)
    text = telling or (lines[0] if lines else type(error).__name__)
    return text if len(text) <= 120 else text[:117] + "…"


def printable(text: str) -> str:
    """A name that somebody typed, on one line and not longer than one."""
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text if len(text) <= 120 else text[:117] + "…"
