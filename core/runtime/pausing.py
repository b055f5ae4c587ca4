"""Long work that lets others go first: it says where it could pause, whoever started it decides.

The steps of a fit lie far below the screens that it should not slow down, so what to do between
them comes along with the thread instead of through every function on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_between: ContextVar[Callable[[], None] | None] = ContextVar("between", default=None)


@contextmanager
def pausing(between: Callable[[], None]) -> Iterator[None]:
    """Call ``between`` at each ``breathe`` of this thread until the block ends."""
    token = _between.set(between)
    try:
        yield
    finally:
        _between.reset(token)


def is_patient() -> bool:
    """Whether this thread pauses for others: nobody needs to hurry for it."""
    return _between.get() is not None


def breathe() -> None:
    """Between two steps of some hundredths of a second: pause if asked.

    A lock may be held that only other work of the same kind takes: pauses are short.
    """
    between = _between.get()
    if between is not None:
        between()
