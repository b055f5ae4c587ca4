"""How long this process waits for a label database that does not answer.

A command waits for a server that is started anew; a page says that it waits, keeps what was pressed
and comes again by itself.
"""

from __future__ import annotations


class _Manner:
    seconds = 60.0
    page = False


def wait_for(seconds: float, page: bool) -> None:
    """Set how long one attempt waits.

    Args:
        page: whoever shows what is wrong tries again by itself.
    """
    _Manner.seconds, _Manner.page = seconds, page


def patience() -> float:
    """Seconds that one attempt waits."""
    return _Manner.seconds


def is_page() -> bool:
    """Whether attempts are made again by whoever shows that one failed."""
    return _Manner.page
