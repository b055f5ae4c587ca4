"""Where the server listens, and the names and origins that follow from it."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.access.addresses import Bound, Origin, allowed, bind, origin_of
from core.runtime.errors import WinnowError

HAS_IPV6 = socket.has_ipv6 and bool(socket.getaddrinfo("::1", None, socket.AF_INET6))
LOCAL = Bound("127.0.0.1", 8501)


def served(bound: Bound, host: str, arrived_at: str | None = None) -> set[str]:
    return {
        f"{origin.scheme}://{origin.name}:{origin.port}"
        for origin in bound.origins_of(host, arrived_at)
    }


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("LocalHost:8501", "http://localhost:8501"),
        ("127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("[::1]:8501", "http://::1:8501"),
        ("[0:0:0:0:0:0:0:1]:8501", "http://::1:8501"),
    ],
)
def test_this_machine_is_asked_for_by_its_names_and_the_very_port(host: str, origin: str) -> None:
    assert served(LOCAL, host) == {origin}


@pytest.mark.parametrize(
    "host",
    [
        "", "localhost", "localhost:80", "localhost:8502", "localhost:08501", " localhost:8501",
        "localhost:99999",
        "localhost.:8501", "evil.example:8501", "localhost.evil.example:8501", "127.0.0.1", "::1",
        "127.0.0.2:8501", "0.0.0.0:8501", "[::]:8501", "[::1:8501", "::1:8501", "[::g]:8501",
        "user@localhost:8501", "localhost:8501@evil.example", "localhost:8501/path",
        "localhost:8501,evil.example", "localhost:8501 evil.example", "127.1:8501",
        "2130706433:8501", "localhost:8501\x00", "lócalhost:8501", "localhost:٨٥٠١", "*:8501",
    ],
)  # fmt: skip
def test_no_other_name_is_served(host: str) -> None:
    assert served(LOCAL, host) == set()


@given(st.text(max_size=40))
def test_whatever_is_sent_as_a_name_is_served_or_not_but_never_fails(text: str) -> None:
    for bound in (LOCAL, Bound("::", 8501), Bound("10.1.2.3", 80, ("box",))):
        bound.origins_of(text, text)
        origin_of(text)


def test_port_80_is_the_one_that_browsers_leave_out() -> None:
    bound = Bound("127.0.0.1", 80)
    assert served(bound, "localhost") == served(bound, "localhost:80") == {"http://localhost:80"}
    assert origin_of("http://localhost") == Origin("http", "localhost", 80)


def test_a_server_at_all_addresses_goes_by_the_one_that_was_dialed() -> None:
    bound = Bound("0.0.0.0", 8501)
    assert served(bound, "192.168.1.5:8501", "192.168.1.5") == {"http://192.168.1.5:8501"}
    assert served(bound, "192.168.1.6:8501", "192.168.1.5") == set()
    assert served(bound, "localhost:8501", "172.17.0.2")  # the port of a container, handed on
    assert served(bound, f"{socket.gethostname()}:8501", "192.168.1.5")
    both = Bound("::", 8501)
    assert served(both, "192.168.1.5:8501", "::ffff:192.168.1.5")
    assert served(both, "[fd00::5]:8501", "fd00::5")
    assert served(both, "[fd00::6]:8501", "fd00::5") == set()
    assert served(both, "0.0.0.0:8501", "::") == served(both, "[::]:8501", "::") == set()


def test_a_server_at_one_address_is_asked_for_by_it() -> None:
    bound = Bound("192.168.1.5", 8501)
    assert served(bound, "192.168.1.5:8501", "192.168.1.5")
    assert served(bound, "192.168.1.6:8501", "192.168.1.5") == set()
    assert not bound.is_loopback
    assert not bound.is_everywhere


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("photos.example", "http:80 https:443 http:8501"),
        ("Photos.Example:9000", "http:9000 https:9000"),
        ("https://photos.example", "https:443"),
        ("https://photos.example/", "https:443"),
        ("http://photos.example:81", "http:81"),
    ],
)
def test_a_name_that_is_allowed_stands_for_these_origins(text: str, origins: str) -> None:
    pairs = (part.split(":") for part in origins.split())
    assert allowed(text, 8501) == {Origin(s, "photos.example", int(p)) for s, p in pairs}


def test_a_name_with_other_letters_is_allowed_as_it_travels() -> None:
    assert Origin("https", "xn--mller-kva.example", 443) in allowed("müller.example", 8501)


def test_an_allowed_proxy_is_served_under_its_scheme_alone() -> None:
    bound = Bound("127.0.0.1", 8501, extra=frozenset(allowed("https://photos.example", 8501)))
    assert served(bound, "photos.example") == {"https://photos.example:443"}
    assert served(bound, "photos.example:8501") == set()


@pytest.mark.parametrize(
    "text", ["", "*", "*.example", "a b", "ftp://a", "a/b", "https://a/b", "a:0", "a:70000", "[x]"]
)
def test_what_is_no_name_cannot_be_allowed(text: str) -> None:
    with pytest.raises(WinnowError, match=r"--allow-host .* is no name of a host"):
        allowed(text, 8501)


@pytest.mark.parametrize(
    "text", ["null", "", "http://", "localhost:8501", "file://", "ws://localhost:8501", "http://a/"]
)
def test_what_is_no_origin_of_a_page(text: str) -> None:
    assert origin_of(text) is None


def test_a_taken_port_is_said_and_the_next_one_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WinnowError, match=f"Port {port} .* in use"):
            bind("127.0.0.1", port)
    assert 8501 <= bind("127.0.0.1", None).port < 8600


@pytest.mark.parametrize(
    "address", ["203.0.113.77", "2001:db8::1", "no such name", "256.1.1.1", ""]
)
def test_what_is_no_address_of_this_machine_is_said(address: str) -> None:
    with pytest.raises(WinnowError, match="no address of this machine"):
        bind(address, None)


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
@pytest.mark.parametrize("address", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_ipv6_is_bound_and_printed_in_brackets(address: str) -> None:
    bound = bind(address, None)
    assert bound.ip == "::1"
    assert bound.is_loopback
    assert bound.addresses() == [f"http://[::1]:{bound.port}/"]


def test_what_is_printed_for_a_name_and_for_all_addresses() -> None:
    named = bind("localhost", None)
    assert named.addresses() == [f"http://localhost:{named.port}/"]
    assert named.is_loopback
    everywhere = Bound("0.0.0.0", 8501)
    assert everywhere.addresses()[0] == "http://127.0.0.1:8501/"
    assert Bound("::", 8501).addresses()[0] == "http://localhost:8501/"
    assert not everywhere.is_loopback
    assert all("0.0.0.0" not in address for address in everywhere.addresses())
