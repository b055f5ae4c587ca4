"""Memory that work takes by turns: a budget of bytes shared by all threads of this process.

A few pictures of a scanner fill a machine's memory when eight threads decode them side by side, and
are no trouble one after the other. So whoever is about to take much asks first, and waits until
others have given back. What could never fit is refused.

Nobody holds bytes while waiting for bytes, so nobody can wait for ever.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from types import TracebackType

from core.runtime.errors import WinnowError
from core.runtime.machine import memory

VARIABLE = "WINNOW_PICTURE_MEMORY"
"""The environment's name for the megabytes that pictures may take."""
MEGABYTE = 1_000_000
LEAST, MOST = 200 * MEGABYTE, 1_100 * MEGABYTE
SHARE = 6
"""Of the machine's or container's memory a sixth, between ``LEAST`` and ``MOST``."""


class OverBudget(WinnowError):
    """More bytes than there will ever be: ``size`` were asked for, there are ``limit``."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"This takes {_megabytes(self.size)} of memory, more than the limit of "
            f"{_megabytes(self.limit)}: raise it with the environment variable {VARIABLE} "
            "(in megabytes), or make the picture smaller."
        )


class Budget:
    """Bytes that threads take and give back, in the order in which they ask.

    Args:
        total: bytes.
        parent: a larger budget out of which these come. What is larger than ``total`` then has the
            whole of this budget and what it needs of the parent's, so it runs alone.
    """

    def __init__(self, total: int, parent: Budget | None = None) -> None:
        self.total = total
        self.parent = parent
        self._taken = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """The most that one lease can have."""
        return self.parent.limit if self.parent is not None else self.total

    @property
    def taken(self) -> int:
        """Bytes that are in use now."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Threads that wait."""
        return len(self._waiting)

    def lease(self, size: int = 0) -> Lease:
        """Take bytes for the length of a ``with`` block; waits until they are free.

        Raises:
            OverBudget: there will never be so many.
        """
        lease = Lease(self)
        lease.resize(size)
        return lease

    def _take(self, size: int) -> None:
        """Wait for bytes. Smaller budgets come first: who has them waits for the larger one, never
        the other way round."""
        share = min(size, self.total)
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._taken + share > self.total:
                    self._changed.wait()
                self._taken += share
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        if self.parent is not None:
            try:
                self.parent._take(size)
            except BaseException:  # such as Ctrl-C
                self._free(share)
                raise

    def _give_back(self, size: int) -> None:
        if self.parent is not None:
            self.parent._give_back(size)
        self._free(min(size, self.total))

    def _free(self, share: int) -> None:
        with self._changed:
            self._taken -= share
            self._changed.notify_all()


class Lease:
    """Bytes that one piece of work holds; of one thread. ``size`` of them now."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.size = 0

    def resize(self, size: int) -> None:
        """Hold ``size`` bytes from now on. For more, all are given back first: others may come in
        between, but two that both want more never wait for each other.

        Raises:
            OverBudget: there will never be so many; nothing is held then.
        """
        if size > self.budget.limit:
            self.release()
            raise OverBudget(size, self.budget.limit)
        if size < self.size:
            # The shares of a smaller budget are the least of two sizes, so not simply a difference.
            self._shrink(size)
        elif size > self.size:
            self.release()
            self.budget._take(size)
            self.size = size

    def release(self) -> None:
        """Give everything back."""
        if self.size:
            size, self.size = self.size, 0
            self.budget._give_back(size)

    def _shrink(self, size: int) -> None:
        before, self.size = self.size, size
        budget: Budget | None = self.budget
        while budget is not None:
            budget._free(min(before, budget.total) - min(size, budget.total))
            budget = budget.parent

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def allowance(total: int | None = None) -> int:
    """Bytes that the pictures of this process may take at a time.

    Args:
        total: bytes of the machine's memory; asked of the system when None.

    Raises:
        WinnowError: the environment variable holds no number of megabytes.
    """
    asked = os.environ.get(VARIABLE, "").strip()
    if asked:
        try:
            megabytes = int(asked)
        except ValueError:
            megabytes = 0
        if not 16 <= megabytes <= 1_000_000:
            raise WinnowError(
                f"The environment variable {VARIABLE} is {asked[:40]!r}: set it to a number of "
                "megabytes from 16 to 1000000, or unset it."
            )
        return megabytes * MEGABYTE
    total = memory() if total is None else total
    return MOST if total is None else max(LEAST, min(MOST, total // SHARE))


def _megabytes(size: int) -> str:
    return f"{-(-size // MEGABYTE):,} MB"
