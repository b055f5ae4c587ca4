"""Why images go to review for a promise, as tables and reports say it."""

from __future__ import annotations

from core.images.names import shown
from core.services.export.promises.parts import Part

UNFIT = "a person called it none of the classes, or not usable"
NOT_SIGNED = "not in a signed folder"
CHEAPER = "a look costs less than the mistakes to expect"


def share(level: float) -> str:
    """A share as people write it: 95 %, 99.5 %."""
    return f"{100 * level:g} %"


def below(level: float, threshold: float | None) -> str:
    """Why images of classes with one level go to review.

    Args:
        threshold: from which probability that level is promised; None: it cannot be.
    """
    if threshold is None:
        return f"{share(level)} right cannot be promised yet"
    return f"less probable than {threshold:.3f}, from which {share(level)} are right"


def may_be(part: Part) -> str:
    """Why images of other classes go to review for the recall of one."""
    if part.threshold is None:
        return f"{share(part.level)} of {shown(part.name)} cannot be promised yet"
    return f"may be {shown(part.name)}, with a probability of {part.threshold:.3f} or more"
