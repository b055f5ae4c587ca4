"""Hearing of what others store, by LISTEN and NOTIFY, so that nobody has to ask for it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

CHANNEL = "winnow"
_LOOK = 2.0  # seconds after which the thread looks whether it shall end
_LONGEST = 10.0  # seconds between attempts to reach a server that does not answer

_log = logging.getLogger(__name__)


class Listener:
    """Counts what a database tells, by payload. Safe for several threads.

    Its thread begins with the first question and ends with the process.

    Args:
        connect: opens a connection of its own, in autocommit mode.

    Attributes:
        is_away: the server does not answer, as whoever listens to it sees.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._heard: Counter[str] = Counter()
        self._reached = 0
        self.is_away = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, payload: str) -> int:
        """Rises with every notification of a payload, and when the server was out of reach."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="labels", daemon=True)
                self._thread.start()
        return self._reached + self._heard[payload]

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()

    def _run(self) -> None:
        delay = 0.1
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._reached += 1  # what was told in the meantime was not heard
                    delay, self.is_away = 0.1, False
                    self._listen(connection)
            except psycopg.Error:  # said by whoever asks the server for something
                _log.debug("the label database cannot be listened to", exc_info=True)
            self.is_away = True
            self._ended.wait(delay)
            delay = min(2 * delay, _LONGEST)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        while not self._ended.is_set():
            for notice in connection.notifies(timeout=_LOOK):
                self._heard[notice.payload] += 1
