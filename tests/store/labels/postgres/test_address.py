"""Addresses of label databases: read, named, and never shown with a password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.runtime.errors import WinnowError
from core.store.labels.postgres import address


@pytest.fixture(autouse=True)
def nobody_names_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    yield
    address.name(None)


def test_an_address_is_read_and_shown_without_its_password() -> None:
    read = address.parse(
        "postgresql://ann:p%40ss%2Fw@db.example:6543/la%20bels?sslmode=require#my%20set"
    )
    assert (read.user, read.password, read.host, read.port) == ("ann", "p@ss/w", "db.example", 6543)
    assert (read.database, read.options) == ("la bels", (("sslmode", "require"),))
    assert read.collection == "my set"
    assert read.place == "db.example:6543"
    for text in (str(read), repr(read), str(read.without_password())):
        assert "p@ss/w" not in text and "p%40ss" not in text
    assert address.parse(str(read)) == read.without_password()


@pytest.mark.parametrize(
    "text",
    ["", "labels.sqlite", "mysql://ann:hush@host/labels", "postgresql://ann:hush@host",
     "postgresql://ann:hush@host:port/labels", "postgresql://ann:hush@host/a/b",
     "postgresql://ann:x@host/labels?password=hush", "postgresql://ann:hush@host/labels#%E2%80%8B",
     "postgresql://ann@host/labels?options=-c%20x=hush"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WinnowError) as refused:
        address.parse(text)
    assert "hush" not in str(refused.value)


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address.named() is None
    monkeypatch.setenv(address.VARIABLE, "postgresql://env/labels")
    assert address.named() == address.parse("postgresql://env/labels")
    address.name("postgresql://line/labels")
    assert address.named() == address.parse("postgresql://line/labels")
    with pytest.raises(WinnowError):
        address.name("nothing")


def test_messages_of_libraries_are_scrubbed() -> None:
    text = address.scrubbed("failed for ann:p@ss/w and p%40ss%2Fw", ["p@ss/w", ""])
    assert "p@ss/w" not in text and "p%40ss" not in text
