"""The address of a label database: read, named for this process, shown without its password."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, fault

VARIABLE = "WINNOW_LABELS_DB"
"""The environment variable that names a label database like ``--labels-db`` does."""
FILE = "labels-db.json"
"""Name of the file that says which label database a workspace belongs to."""
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
# libpq's own; whatever else it takes, such as a password, has no business in a file or a log.
_OPTIONS = {
    "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs",
    "channel_binding", "gssencmode",
}  # fmt: skip
_FORM = "postgresql://PERSON@HOST:5432/DATABASE#COLLECTION"


@dataclass(frozen=True)
class Address:
    """Where a label database is, and what a collection of images is called in it.

    Attributes:
        database, user: names; "" for the server's own choice.
        password: "" where the client library finds one (PGPASSWORD, ~/.pgpass).
        host, port: "" and None for the library's own choice.
        options: further settings of the connection.
        collection: the name of the collection; "" for that of the image folder.
    """

    host: str
    database: str
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = ()
    collection: str = ""

    @property
    def place(self) -> str:
        """The server, for messages."""
        host = self.host or dict(self.options).get("host") or "localhost"
        return f"{host}:{self.port}" if self.port else host

    def without_password(self) -> Address:
        """The same, fit to be written down."""
        return replace(self, password="")

    def __str__(self) -> str:
        """The address as a URL, without the password."""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host)
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        options = f"?{urlencode(self.options)}" if self.options else ""
        name = f"#{quote(self.collection, safe='')}" if self.collection else ""
        return f"postgresql://{user}{host}{port}/{quote(self.database, safe='')}{options}{name}"


def parse(text: str) -> Address:
    """Read an address such as ``postgresql://ann@server:5432/labels#clothing``.

    Raises:
        WinnowError: it is none. What was typed is not repeated: it may hold a password.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        options = tuple(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
                        if parts.query else ())  # fmt: skip
    except ValueError:
        raise WinnowError(f"The address of the label database is none: write {_FORM}.") from None
    if parts.scheme not in _SCHEMES or parts.path.count("/") != 1 or parts.path == "/":
        raise WinnowError(f"The address of the label database must read {_FORM}.")
    if odd := [name for name, _ in options if name not in _OPTIONS]:
        raise WinnowError(
            f"The address of the label database has the setting {shown(odd[0])[:40]!r}, which is "
            f"none of {', '.join(sorted(_OPTIONS))}: leave it out."
        )
    collection = clean(unquote(parts.fragment))
    if parts.fragment and (reason := fault(collection)):
        raise WinnowError(f"The name of the collection, after the # of the address, {reason}.")
    return Address(
        unquote(parts.hostname or ""),
        unquote(parts.path[1:]),
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        options,
        collection,
    )


class _Caller:
    address: str | None = None


def name(text: str | None) -> None:
    """Name the label database of this process, as ``--labels-db`` does; None names none."""
    if text is not None:
        parse(text)  # what is wrong with it is said at once
    _Caller.address = text


def named() -> Address | None:
    """The label database that whoever started this process named; None for none."""
    text = _Caller.address or os.environ.get(VARIABLE)
    return parse(text) if text else None


def is_address(text: str) -> bool:
    """Whether a text means a label database rather than a file."""
    return text.partition(":")[0] in _SCHEMES


def scrubbed(text: str, passwords: Sequence[str]) -> str:
    """A message of a library without the passwords that it might repeat."""
    for password in filter(None, passwords):
        text = text.replace(password, "…").replace(quote(password, safe=""), "…")
    return text
