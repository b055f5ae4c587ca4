"""Whether a visit may in by its cookie, or by the token in its address that earns the cookie."""

from __future__ import annotations

from dataclasses import dataclass

from core.runtime.access.tokens import Tokens
from core.runtime.access.visits import Visit


@dataclass(frozen=True)
class Entry:
    """What is to be done with a visit.

    Attributes:
        admitted: let it in.
        headers: send it on to the same address without the token, with these headers; so the token
            stays in no history. Empty where it is not sent on.
        wrong: it came with a token that opens nothing.
    """

    admitted: bool = False
    headers: dict[str, str] | None = None
    wrong: bool = False


def entry_of(visit: Visit, tokens: Tokens | None) -> Entry:
    """How a visit gets in, if it does; everybody does where there are no tokens."""
    if tokens is None:
        return Entry(admitted=True)
    words = visit.tokens() if visit.is_looking else []
    opened = any(map(tokens.opens, words))
    admitted = tokens.admits(visit.all_of("cookie"))
    if not opened and not (words and admitted):
        return Entry(admitted, wrong=bool(words))
    headers = {"Location": visit.address(), "Cache-Control": "no-store"}
    if opened:
        headers["Set-Cookie"] = tokens.header(visit.secure)
    return Entry(headers=headers)
