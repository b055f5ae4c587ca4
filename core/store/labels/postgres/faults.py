"""What a label database refuses, as one sentence with the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from core.runtime.errors import AwayError, WinnowError
from core.store.labels.postgres.address import VARIABLE, Address, scrubbed

# Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html after which
# the same transaction may work: connections lost, servers that stop, start or change roles, too
# many connections, waits that took too long, transactions that got in each other's way.
_PASSING = ("08", "53", "57P", "57014", "55P03", "40", "25006", "58")
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
_NOT_LET_IN = (
    'FATAL:  role "', "password authentication failed", "no password supplied",
    "no pg_hba.conf entry", "Peer authentication", "Ident authentication",
)  # fmt: skip


@contextmanager
def database_errors(address: Address) -> Iterator[None]:
    """Turn what fails in the block, at a label database, into a `WinnowError`.

    What may work when it is tried again is an `AwayError`.
    """
    try:
        yield
    except exc.DBAPIError as error:
        raise _translated(address, error.orig or error, error.connection_invalidated) from error
    except exc.TimeoutError as error:  # all connections of this process are in use
        raise AwayError(waiting(address)) from error
    except psycopg.Error as error:
        raise _translated(address, error, isinstance(error, psycopg.OperationalError)) from error
    except UnicodeEncodeError as error:
        raise WinnowError(
            "Nothing was saved in the label database: a name of a class, a tag or a person holds "
            "half a character, which is no text; write it anew."
        ) from error


def waiting(address: Address) -> str:
    """What to say while a label database does not answer."""
    return f"The label database at {address.place} does not answer; waiting; nothing is lost."


def gave_up(address: Address, seconds: float, reason: str) -> AwayError:
    """What to say when waiting has taken too long."""
    return AwayError(
        f"The label database at {address.place} has not answered for {seconds:.0f} seconds"
        f"{f' ({reason})' if reason else ''}: check that it runs and can be reached, then try "
        "again; nothing is lost."
    )


def reason_of(error: BaseException) -> str:
    """What the server or the network said, in a line."""
    lines = str(error.__cause__ or "").strip().splitlines()
    line = lines[0] if lines else ""
    return line.rpartition("failed: ")[2].removeprefix("(psycopg.OperationalError) ")[:200]


def _translated(address: Address, error: BaseException, lost: bool) -> WinnowError:
    code = getattr(error, "sqlstate", None) or ""
    lines = scrubbed(str(error), [address.password]).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    where = f"The label database at {address.place}"
    if code.startswith("28") or (not code and any(part in text for part in _NOT_LET_IN)):
        return WinnowError(
            f"{where} does not let {address.user or 'you'} in: check the name and the password, in "
            f"--labels-db, {VARIABLE}, PGPASSWORD or ~/.pgpass."
        )
    if "authentication method requirement" in text:
        return WinnowError(
            f"{where} asks for the password in clear text: add ?sslmode=verify-full (or require) "
            "to its address, so that nobody on the way reads it."
        )
    if code == "3D000" or (not code and text.endswith("does not exist")):
        return WinnowError(
            f"{where} has no database {address.database!r}: create it with createdb, or name "
            "another one."
        )
    if code in ("3F000", "42P01"):
        return WinnowError(
            f"{where} holds no labels of Winnow in its database {address.database!r}: check that "
            "it is the right one."
        )
    if code == "42501":
        return WinnowError(
            f"{where} does not allow {address.user or 'you'} to do that ({text}): let the owner of "
            "its schema winnow grant the right to it."
        )
    if code.startswith(_PASSING) or (not code and (lost or isinstance(error, _LOST))):
        return AwayError(waiting(address))
    return WinnowError(
        f"Nothing was saved in the label database at {address.place}, because it takes no such "
        f"answer ({text})."
    )
