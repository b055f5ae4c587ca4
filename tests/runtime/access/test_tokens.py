"""The token: where it comes from, what opens, what the cookie is worth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.access.tokens import VARIABLE, Tokens, own_token
from core.runtime.errors import WinnowError

TOKEN = "a-token-of-some-length_0123"


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_the_token_stays_the_same_until_a_new_one_is_wanted(tmp_path: Path) -> None:
    file, notes = tmp_path / "new/token", []
    first = own_token(file, notes.append)
    assert len(first) >= 40
    assert own_token(file, notes.append) == first
    second = own_token(file, notes.append, new=True)
    assert second != first
    assert own_token(file, notes.append) == second
    assert notes == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    first = own_token(file, print)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)  # somebody may have read it since
    assert own_token(file, print) != first
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"short", b"x" * 300, b"spaces in between it all", b"\xff" * 40]
)
def test_a_damaged_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(0o600)
    token = own_token(file, print)
    assert file.read_text() == token
    assert len(token) >= 40


@pytest.mark.skipif(os.name == "nt", reason="needs named pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    file, notes = tmp_path / "token", []
    if kind == "pipe":
        os.mkfifo(file, 0o600)
    else:
        file.mkdir()
    token = own_token(file, notes.append)
    assert len(token) >= 40
    assert bool(notes) == (kind == "folder")  # which cannot be replaced


def test_the_environments_token_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    assert own_token(tmp_path / "token", print) == TOKEN
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize(
    "text", ["", "secret", "fifteen-letters", "with spaces in it all", "x" * 201]
)
def test_a_weak_token_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(WinnowError, match=VARIABLE):
        own_token(tmp_path / "token", print)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN, f" {TOKEN}\n", f"http://127.0.0.1:8501/?token={TOKEN}", f"/label?w=3&token={TOKEN}",
        f"http://[::1]:8501/?token={TOKEN}#x",
    ],
)  # fmt: skip
def test_the_token_opens_alone_and_within_an_address(text: str) -> None:
    assert Tokens(TOKEN, 8501).opens(text)


@pytest.mark.parametrize(
    "text", ["", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), f"?tokens={TOKEN}", "http://[::1", "é"]
)
def test_nothing_else_opens(text: str) -> None:
    assert not Tokens(TOKEN, 8501).opens(text)


def test_a_ticket_opens_once() -> None:
    tokens = Tokens(TOKEN, 8501)
    ticket = tokens.ticket()
    assert tokens.opens(ticket)
    assert not tokens.opens(ticket)
    assert tokens.opens(TOKEN)


def test_the_cookie_belongs_to_one_port_and_does_not_tell_the_token() -> None:
    one, other = Tokens(TOKEN, 8501), Tokens(TOKEN, 8502)
    assert one.cookie != other.cookie
    assert one.worth != other.worth
    assert TOKEN not in one.header(False)
    assert not one.opens(one.worth)
    assert not one.admits([f"{one.cookie}={other.worth}"])
    assert not one.admits([f"{one.cookie}={TOKEN}"])


def test_the_cookie_is_seen_beside_others_of_its_name() -> None:
    tokens = Tokens(TOKEN, 8501)
    own = f"{tokens.cookie}={tokens.worth}"
    assert tokens.admits([own])
    assert tokens.admits([f"_xsrf=2|a; {tokens.cookie}=theirs; {own}; x=y"])
    assert tokens.admits(["a=b", own])
    assert Tokens(TOKEN, 8501).admits([own])  # of the server after it


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    header = Tokens(TOKEN, 8501).header(False)
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Path=/" in header
    assert "Domain" not in header
    assert Tokens(TOKEN, 8501).header(True).endswith("; Secure")


@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_other_cookie_admits(texts: list[str]) -> None:
    assert not Tokens(TOKEN, 8501).admits(texts)
    assert not any(Tokens(TOKEN, 8501).opens(text) for text in texts)
