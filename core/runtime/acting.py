"""Who acts now: whoever sits at a screen, or gave the command.

A server asks its screens (``ask``), because a callback of a widget runs before any code of a page.
Background work goes on as the person who began it. Where nobody is named, in a script that uses
the library, nobody is held up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who acts.

    Attributes:
        name: as labels and the log have it.
        local: at the command line of this machine, where the files can be changed anyhow.
        signed: signed in, so that the name is this one to the letter.
    """

    name: str
    local: bool = False
    signed: bool = False


_ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)
_ASKED: list[Callable[[], Actor | None]] = []


def ask(who: Callable[[], Actor | None]) -> None:
    """Have a function say who acts; it answers None where it does not know."""
    _ASKED[:] = [who]


def actor() -> Actor | None:
    """Who acts now; None where nobody is named."""
    for who in _ASKED:
        if (asked := who()) is not None:
            return asked
    return _ACTOR.get()


@contextmanager
def acting(as_: Actor | None) -> Iterator[None]:
    """The block is done by somebody."""
    before = _ACTOR.set(as_)
    try:
        yield
    finally:
        _ACTOR.reset(before)
