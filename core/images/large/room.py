"""The budget of bytes that all pictures of this process share, readers and thumbnails alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from core.images.unreadable import UnreadableImage
from core.runtime.budget import MEGABYTE, VARIABLE, Budget, Lease, OverBudget, allowance
from core.runtime.machine import give_back_large_blocks

PAGE_BYTES = 300 * MEGABYTE
"""What pictures for the screen may take of it: a page asks for dozens at once."""


class TooHeavy(UnreadableImage):
    """A picture that would take more memory than all pictures together may."""


@cache
def pictures() -> Budget:
    """The budget of this process; raises WinnowError when the environment sets a wrong one."""
    budget = Budget(allowance())
    give_back_large_blocks()  # what is given back to the budget shall be free
    return budget


@cache
def screens() -> Budget:
    """The part of it for pictures that a page shows."""
    total = pictures().total
    return Budget(min(PAGE_BYTES, total), parent=pictures())


@contextmanager
def heavy(name: str, what: str) -> Iterator[None]:
    """Say of a picture that does not fit how large it is and what the limit is.

    Args:
        what: the picture's size, such as "its 14,142 × 14,142 pixels (F)".

    Raises:
        TooHeavy: instead of OverBudget.
    """
    try:
        yield
    except OverBudget as error:
        need, limit = (f"{-(-size // MEGABYTE):,} MB" for size in (error.size, error.limit))
        raise TooHeavy(
            f"decoding {what} takes {need} of memory, more than the limit of {limit} "
            f"(set {VARIABLE} to more megabytes)",
            name,
        ) from error


def fit(lease: Lease, size: int, name: str, what: str) -> None:
    """Resize a lease for a picture; raises TooHeavy when it can never be."""
    with heavy(name, what):
        lease.resize(size)
