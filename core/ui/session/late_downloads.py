"""A download that was asked for while the page was being drawn anew.

A file that is made when its button is pressed has a name that holds for one drawing of the page.
Streamlit forgets the names of the drawing before as soon as the next one ends, or is broken off by
yet another, although the browser may still show the buttons of then: a press on one of them would
fail. So each name holds for some time longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from streamlit.runtime.media_file_manager import MediaFileManager

SECONDS = 60.0
"""How long a name holds after the drawing that it was of."""


class Patience:
    """Forgets what no page names any more, later.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def __call__(self, manager: MediaFileManager) -> None:
        """In the place of ``MediaFileManager._remove_orphaned_deferred_callables``."""
        now = self._clock()
        named = {
            name
            for places in manager._files_by_session_and_coord.values()
            for name in places.values()
        }
        every = list(manager._deferred_callables)
        since = {name: self._since.get(name, now) for name in every if name not in named}
        for name, begun in since.items():
            if now - begun >= SECONDS:
                manager._drop_deferred_id(name)
        self._since = {name: at for name, at in since.items() if now - at < SECONDS}


def allow() -> None:
    """Let names hold longer on this server; a second call changes nothing."""
    if not getattr(MediaFileManager, _MARK, False):
        patience = Patience()
        # Streamlit has no setting for it; the test fails should its insides ever change.
        setattr(MediaFileManager, _METHOD, lambda manager: patience(manager))
        setattr(MediaFileManager, _MARK, True)


_METHOD, _MARK = "_remove_orphaned_deferred_callables", "_patient"
