"""Connections to a label database: pooled, bounded in number and time, and patient.

A server that is started anew or cannot be reached for a while is waited for with a back-off. So
whatever is done here is done in a transaction that may be tried again, also after one of which
nobody knows whether it was stored: it must come to the same, however often it is stored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event

from core.runtime.errors import AwayError
from core.store.labels.postgres.address import Address
from core.store.labels.postgres.faults import database_errors, gave_up, reason_of, waiting
from core.store.labels.postgres.listening import Listener
from core.store.labels.postgres.patience import is_page, patience

T = TypeVar("T")

CONNECTIONS = 8
"""Most connections of one process, without the one that listens."""
_CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "winnow",
    # A server that vanishes without a word is noticed within seconds.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# What is acknowledged is on disk, whatever the server's own settings are.
_SETTINGS = """
SET statement_timeout = '60s'; SET lock_timeout = '15s';
SET idle_in_transaction_session_timeout = '60s'; SET search_path = pg_catalog;
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""
_CLEAR = ("require", "verify-ca", "verify-full")
"""Settings of ``sslmode`` under which a server may ask for the password itself."""
_SHORTEST, _LONGEST = 0.05, 2.0  # seconds between attempts

_log = logging.getLogger(__name__)
# A connection that breaks is said once, by us.
logging.getLogger("psycopg").setLevel(logging.ERROR)


class Database:
    """One label database, as one process uses it. Safe for several threads.

    Attributes:
        listener: hears of what others store.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._engine = _engine(address)
        self._within = threading.local()
        self._away = False
        own = dict(self._engine.dialect.create_connect_args(self._engine.url)[1])
        arguments: dict[str, Any] = own | settings(address) | {"autocommit": True}
        self.listener = Listener(lambda: psycopg.connect(**arguments))

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection that sees one moment."""
        with database_errors(self.address), self._engine.connect() as connection:
            moment = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with moment.begin():
                yield moment

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A connection for the block, which is one transaction: on disk when it ends."""
        with database_errors(self.address), self._engine.begin() as connection:
            yield connection

    def directly(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Do work with the driver's own connection, which has no transaction open afterwards."""
        with database_errors(self.address):
            connection = self._engine.raw_connection()
            try:
                return work(cast("psycopg.Connection[Any]", connection.driver_connection))
            except BaseException as error:
                connection.invalidate()
                if isinstance(error, psycopg.OperationalError):
                    self._engine.dispose()  # the others have lost the server, too
                raise
            finally:
                connection.close()

    def patiently(self, work: Callable[[], T]) -> T:
        """Do work with transactions of its own, again while the server does not answer.

        Raises:
            AwayError: it has not answered for as long as `patience` says.
            WinnowError: the server refuses.
        """
        if getattr(self._within, "work", False):  # whoever called this one waits
            return work()
        began, delay = time.monotonic(), _SHORTEST
        self._within.work = True
        try:
            while True:
                try:
                    result = work()
                    self._away = False
                    return result
                except AwayError as error:
                    waited = time.monotonic() - began
                    self._tell(error)
                    if waited + delay > patience():
                        raise self._last(error, waited) from error
                time.sleep(delay)
                delay = min(2 * delay, _LONGEST)
        finally:
            self._within.work = False

    def close(self) -> None:
        """Let all connections go."""
        self.listener.stop()
        self._engine.dispose()

    def _tell(self, error: AwayError) -> None:
        if not self._away:
            self._away = True
            _log.warning("%s", error)

    def _last(self, error: AwayError, waited: float) -> AwayError:
        if is_page():
            return AwayError(waiting(self.address))
        return gave_up(self.address, waited, reason_of(error))


_databases: dict[Address, Database] = {}
_opening = threading.Lock()


def database_at(address: Address) -> Database:
    """The one `Database` of this process for an address."""
    with _opening:
        if address not in _databases:
            _databases[address] = Database(address)
        return _databases[address]


def close_all() -> None:
    """Let all connections of this process go."""
    with _opening:
        for database in _databases.values():
            database.close()
        _databases.clear()


def settings(address: Address) -> dict[str, Any]:
    """What connections are opened with: a password is not sent as it is over an open line."""
    guarded = dict(address.options).get("sslmode") in _CLEAR
    if guarded or psycopg.pq.version() < 160_000:  # libpq's own, which takes no such setting
        return _CONNECT
    return _CONNECT | {"require_auth": "!password"}


def _engine(address: Address) -> Engine:
    url = URL.create(
        "postgresql+psycopg",
        address.user or None,
        address.password or None,
        address.host or None,
        address.port,
        address.database or None,
        dict(address.options),
    )
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=15,
        pool_recycle=1_800,
        hide_parameters=True,  # what people say is for no log
        connect_args=settings(address),
    )

    @event.listens_for(engine, "connect")
    def settle(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.autocommit = True
        connection.execute(_SETTINGS)
        connection.autocommit = False

    return engine
