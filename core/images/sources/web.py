"""Files of web servers. A list of addresses may come from anybody, so hosts are looked at first.

Without being named by whoever started the command, no server is asked that is not public: none of
this machine, of its network, or of the cloud it runs in. The number that was looked at is the one
that is connected to, and every redirection is looked at again.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urljoin, urlsplit

from core.images.scan import FoundFile
from core.images.sources.address import Address
from core.images.sources.base import Missing, TooLarge, mark_of
from core.images.sources.retrying import Passing, Patience
from core.runtime import roots
from core.runtime.errors import WinnowError

PRIVATE = "WINNOW_PRIVATE_HOSTS"
"""Variable with servers that may be private, as name or name:port, with commas between."""
_TIMEOUT = 20  # seconds
_REDIRECTIONS = 5
_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_SAFE = "/%:@!$&'()*+,;=~-._?"
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # numbers of IPv4 inside of IPv6
_open = threading.local()  # one connection a thread is kept open


class Web:
    """Files below a folder of a web server; see `core.images.sources.base.Store`."""

    def __init__(self, address: Address, hosts: frozenset[str] = frozenset()) -> None:
        """
        Args:
            hosts: servers that may be private.
        """
        self.address = str(address)
        self.patience = Patience(self.address)
        self._hosts = hosts

    def files(self) -> Iterator[FoundFile]:
        """Web servers list no files."""
        raise WinnowError(
            f"A web server does not say which files it has ({self.address}): name a CSV or Parquet "
            "file with addresses, a Parquet file with images, or a TAR file."
        )

    def stat(self, path: str) -> FoundFile:
        """Size and mark of a file."""
        _, headers = self._tried(path, 1, (0, 1))
        total = headers.get("content-range", "").rpartition("/")[2]
        return FoundFile(path, int(total) if total.isdigit() else 0, mark(headers))

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a file and its mark."""
        data, headers = self._tried(path, limit)
        return data, mark(headers)

    def span(self, path: str, start: int, length: int) -> bytes:
        """Some bytes of a file."""
        if length < 1:
            return b""
        return self._tried(path, length, (start, length))[0]

    def _tried(
        self, path: str, limit: int, span: tuple[int, int] | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        url = f"{self.address}/{path}"
        return self.patience.tried(lambda: get(url, self._hosts, limit, span))


def mark(headers: Mapping[str, str]) -> int:
    """Of the ETag, else of the date and size of a file."""
    facts = headers.get("etag"), headers.get("last-modified"), headers.get("content-length")
    return mark_of(facts[0] or facts[1:])


def get(
    url: str, hosts: frozenset[str], limit: int, span: tuple[int, int] | None = None
) -> tuple[bytes, Mapping[str, str]]:
    """A file of a web server, and what the server says of it (names in lower case).

    Args:
        hosts: servers that may be private, as "name" or "name:port".
        limit: bytes it may have.
        span: first byte and number of bytes; all when None.

    Raises:
        Missing: it is not there, or may not be had; TooLarge: it has more bytes.
        Passing: the server does not answer, or is busy.
        WinnowError: the server gives no parts of files.
    """
    for _ in range(_REDIRECTIONS + 1):
        _check(url)
        try:
            answer = _asked(url, hosts, span)
            moved = answer.getheader("location")
            if answer.status not in _MOVED or not moved:
                return _body(answer, limit, span)
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            _forget()
            raise Passing(_reason(error)) from error
        except BaseException:
            _forget()  # what was not read to its end cannot be gone on with
            raise
        target = urljoin(url, moved)
        if not target.startswith("https://") and not (
            url.startswith("http://") and target.startswith("http://")
        ):
            raise Missing("its server leads elsewhere without encryption")
        url = target
    raise Missing("its server leads from address to address")


def _check(url: str) -> None:
    try:
        roots.check_address(url)
    except WinnowError as error:
        raise Missing(str(error)) from None


def _asked(
    url: str, hosts: frozenset[str], span: tuple[int, int] | None
) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.netloc.rpartition("@")[2], hosts)
    target = quote(parts.path or "/", safe=_SAFE) + (
        "?" + quote(parts.query, safe=_SAFE) if parts.query else ""
    )
    headers = {"User-Agent": "winnow", "Accept-Encoding": "identity"}
    if span is not None:
        headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def _body(
    answer: http.client.HTTPResponse, limit: int, span: tuple[int, int] | None
) -> tuple[bytes, Mapping[str, str]]:
    if answer.status in _PASSING:
        raise Passing(f"status {answer.status}")
    if answer.status == 416:  # behind the end
        answer.read()
        return b"", {}
    if answer.status not in (200, 206):
        gone = answer.status in (404, 410)
        raise Missing("" if gone else f"its server refuses it (status {answer.status})")
    if span is not None and answer.status != 206:
        raise WinnowError(
            "The web server does not give parts of files, as TAR and Parquet files need: "
            "download the file and name it instead."
        )
    data = answer.read(limit + 1)
    if len(data) > limit:
        raise TooLarge
    answer.read()  # so that the connection can go on
    return data, {name.lower(): value for name, value in answer.getheaders()}


def _connection(scheme: str, host: str, hosts: frozenset[str]) -> http.client.HTTPConnection:
    """The connection of this thread to a server, kept from before or new."""
    last = getattr(_open, "connection", None)
    if last is not None and last[0] == (scheme, host, hosts):
        return last[1]
    _forget()
    made: _Plain | _Secure
    if scheme == "https":
        made = _Secure(host, timeout=_TIMEOUT)
        made.tls = ssl.create_default_context()
    else:
        made = _Plain(host, timeout=_TIMEOUT)
    named = hosts | frozenset(filter(None, os.environ.get(PRIVATE, "").lower().split(",")))
    made.allowed = host in named or made.host in named
    _open.connection = ((scheme, host, hosts), made)
    return made


def _forget() -> None:
    last = getattr(_open, "connection", None)
    if last is not None:
        last[1].close()
        _open.connection = None


class _Plain(http.client.HTTPConnection):
    allowed = False

    def connect(self) -> None:
        self.sock = _connected(self.host, self.port, self.allowed)


class _Secure(http.client.HTTPSConnection):
    allowed = False
    tls: ssl.SSLContext

    def connect(self) -> None:
        plain = _connected(self.host, self.port, self.allowed)
        try:
            self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _connected(host: str, port: int, allowed: bool) -> socket.socket:
    """A connection to a number that was looked at."""
    failed: OSError = OSError("no address")
    for _, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        number = str(where[0])
        if not allowed and not is_public(number):
            raise Missing(
                f"its server is not public, and not named on the command line or in {PRIVATE}"
            )
        try:
            return socket.create_connection((number, port), _TIMEOUT)
        except OSError as error:
            failed = error
    raise failed


def is_public(number: str) -> bool:
    """Whether a number belongs to a server of the public network."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            address = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
        elif address.ipv4_mapped or address.sixtofour:
            address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return getattr(error, "strerror", None) or type(error).__name__
