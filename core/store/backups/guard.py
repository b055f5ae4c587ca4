"""What a store asks and tells whoever watches over it, and the one that does nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

MANY = 20
"""Labels or tag labels from which a change counts as a bulk change."""


class Guard(Protocol):
    """Keeps backups of a workspace, which never raises: the work itself goes on."""

    def permit(self) -> None:
        """Asked before each answer is stored; WinnowError where whoever acts may not label."""
        ...

    def before(self, what: str) -> None:
        """A bulk change comes next; ``what`` says which, for the list of backups."""
        ...

    def one(self, what: str) -> AbstractContextManager[None]:
        """The block is one bulk change: one backup before it, whatever its parts call."""
        ...

    def changed(self) -> None:
        """Something was written. Costs nothing: what follows from it happens elsewhere."""
        ...


class _Unguarded:
    def permit(self) -> None:
        pass

    def before(self, what: str) -> None:
        pass

    def one(self, what: str) -> AbstractContextManager[None]:
        return nullcontext()

    def changed(self) -> None:
        pass


UNGUARDED: Guard = _Unguarded()
"""For a store outside of a workspace, such as a copy that is only looked at."""
