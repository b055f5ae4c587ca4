"""Where the server listens, and under which names a browser may ask for it.

A page of a foreign site can have its own name lead to this machine (DNS rebinding), and every page
can address any port of it. So the name and port that a request asks for must be ours, and the page
that it comes from must have been loaded under exactly that name, port and scheme.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from core.runtime.errors import WinnowError

_NAME = r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?"
_AUTHORITY = re.compile(rf"(\[[0-9a-f:.]{{2,45}}\]|{_NAME})(?::([1-9][0-9]{{0,4}}))?")
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FREE = range(8501, 8600)


class Origin(NamedTuple):
    """What a browser calls the place of a page: scheme, name without brackets, port."""

    scheme: str
    name: str
    port: int


@dataclass(frozen=True)
class Bound:
    """Where the server listens.

    Attributes:
        ip: the address of the socket, without brackets.
        port: its port.
        names: names of this machine by which it was asked to listen.
        extra: further origins that whoever started the server allowed.
    """

    ip: str
    port: int
    names: tuple[str, ...] = ()
    extra: frozenset[Origin] = frozenset()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return _ip(self.ip).is_loopback

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens at every address of this machine."""
        return _ip(self.ip).is_unspecified

    def addresses(self) -> list[str]:
        """What to type into a browser, this machine's first, each ending in "/"."""
        if self.is_everywhere:
            # Not "localhost" where that may lead to ::1, at which somebody else can listen.
            local = "localhost" if ":" in self.ip else "127.0.0.1"
            names = [local, *self._machine()[:1]]
        else:
            names = [*self.names[:1]] or [self.ip]
        return [f"http://{_bracketed(name)}:{self.port}/" for name in names]

    def origins_of(self, host: str, arrived_at: str | None) -> frozenset[Origin]:
        """The origins whose pages may speak to the server under a name.

        Args:
            host: the request's Host header.
            arrived_at: the address of this machine at which the connection came in.

        Returns:
            Usually one; none when the server is not to be asked for under that name.
        """
        parsed = _authority(host)
        if parsed is None:
            return frozenset()
        name, port = parsed
        allowed = {Origin("http", own, self.port) for own in self._own_names(arrived_at)}
        return frozenset(
            origin
            for origin in allowed | self.extra
            if (origin.name, origin.port) == (name, port or _PORTS[origin.scheme])
        )

    def _own_names(self, arrived_at: str | None) -> set[str]:
        names = {*_LOOPBACK, *self.names}
        if not self.is_everywhere:
            return names | {self.ip}
        names.update(self._machine())
        with suppress(ValueError):  # a socket that has no address, as in tests
            names.add(str(_ip(arrived_at or "")))
        return names - {"0.0.0.0", "::"}  # browsers take these for this machine, from any page

    def _machine(self) -> list[str]:
        """This machine's own name, which asks nobody, as it is and as local networks say it."""
        parsed = _authority(socket.gethostname().lower())
        if parsed is None:
            return []
        name = parsed[0]
        return [name] if "." in name else [name, f"{name}.local"]


def bind(address: str, port: int | None, allow: Iterable[str] = ()) -> Bound:
    """Find out where a server can listen.

    Args:
        address: an IP address, with brackets or without, or a name of this machine.
        port: the one that is wanted; None takes the first that is free from 8501 on.
        allow: further names, see ``allowed``.

    Raises:
        WinnowError: no address of this machine, the port is taken, or a name cannot be one.
    """
    bare = address.strip().removeprefix("[").removesuffix("]").lower()
    extra: set[Origin] = set()
    names: tuple[str, ...] = ()
    try:
        ip = str(ipaddress.ip_address(bare))
    except ValueError:
        ip, names = _resolved(bare), (bare,)
    free = _free_port(ip, port)
    for text in allow:
        extra |= allowed(text, free)
    return Bound(ip, free, names, frozenset(extra))


def allowed(text: str, port: int) -> set[Origin]:
    """The origins that a name stands for with which somebody allows one more.

    Args:
        text: NAME stands for the server's own port, and for a proxy at the usual ports of HTTP and
            HTTPS; NAME:PORT for that port; https://NAME for exactly that.
        port: the server's own.

    Raises:
        WinnowError: it cannot be the name of a host.
    """
    scheme, mark, rest = text.strip().lower().rpartition("://")
    with_port = _authority(_ascii(rest.removesuffix("/")))
    if with_port is None or (mark and scheme not in _PORTS):
        raise WinnowError(
            f"--allow-host {text!r} is no name of a host: write it as photos.example, "
            "photos.example:8501 or https://photos.example."
        )
    name, wanted = with_port
    if mark:
        return {Origin(scheme, name, wanted or _PORTS[scheme])}
    if wanted:
        return {Origin(scheme, name, wanted) for scheme in _PORTS}
    usual = {Origin(scheme, name, usual) for scheme, usual in _PORTS.items()}
    return usual | {Origin("http", name, port)}


def origin_of(text: str) -> Origin | None:
    """The origin that a browser names in its header; None for "null" and what is none."""
    scheme, mark, rest = text.partition("://")
    parsed = _authority(rest)
    if not mark or scheme not in _PORTS or parsed is None:
        return None
    return Origin(scheme, parsed[0], parsed[1] or _PORTS[scheme])


def _authority(text: str) -> tuple[str, int | None] | None:
    """Name without brackets, in one spelling, and port; None for what is no name of a host."""
    match = _AUTHORITY.fullmatch(text.lower())
    if match is None:
        return None
    name, port = match[1], int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65536:
        return None
    if name.startswith("["):
        try:
            return str(ipaddress.IPv6Address(name[1:-1])), port
        except ValueError:
            return None
    return name, port


def _ascii(text: str) -> str:
    """A name as it travels: umlauts and the like have a form of their own for that."""
    try:
        return text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return ""


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _resolved(name: str) -> str:
    """The address of a name, of two the one of the older kind, which works everywhere."""
    try:
        entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _no_address(name) from error
    return str(min(entries, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def _no_address(name: str) -> WinnowError:
    return WinnowError(
        f"Winnow cannot listen at {name}, which is no address of this machine: name one with "
        "--address, such as 127.0.0.1, ::1 or 0.0.0.0 for all."
    )


def _free_port(ip: str, wanted: int | None) -> int:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    for port in [wanted] if wanted is not None else _FREE:
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:  # as the server will: older addresses too
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                probe.bind((ip, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise WinnowError(
                    f"Port {port} of {ip} is reserved: name one above 1023 with --port."
                ) from error
            if error.errno != errno.EADDRINUSE:
                raise _no_address(ip) from error
            continue
        return port
    taken = f"Port {wanted} of {ip} is" if wanted is not None else "Ports 8501 to 8599 are"
    raise WinnowError(f"{taken} in use: name a free one with --port.")
