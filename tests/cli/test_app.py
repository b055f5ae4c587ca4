"""What ``winnow app`` refuses before it listens anywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.runtime import roots
from core.ui.shell import server


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, object]]]:
    """Streamlit is not started; what it would have been started with."""
    started: list[dict[str, object]] = []
    monkeypatch.setattr(
        server.st.App, "run", lambda app, config: started.append({"app": app, **config})
    )
    monkeypatch.setattr(server.heap, "tend", lambda: None)
    monkeypatch.setattr(server, "threadpool_limits", lambda *_, **__: None)
    yield started
    roots.lift()


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_no_token_is_for_this_machine_alone(
    winnow: Winnow, address: str, no_server: list[dict[str, object]]
) -> None:
    refused(winnow("app", "--no-token", "--address", address), "--no-token", "this machine alone")
    assert no_server == []


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_on_this_machine_it_may_be_left_out(
    winnow: Winnow, address: str, no_server: list[dict[str, object]]
) -> None:
    outcome = winnow("app", "--no-token", "--no-browser", "--address", address)
    assert outcome.code == 0, outcome.err
    assert f"Winnow is at http://{address}:" in outcome.err
    assert "token" not in outcome.err
    assert "Warning" not in outcome.err
    assert len(no_server) == 1


def test_elsewhere_it_is_said_what_is_open(winnow: Winnow, tmp_path: Path) -> None:
    outcome = winnow("app", "--no-browser", "--address", "0.0.0.0")
    assert outcome.code == 0
    assert "?token=" in outcome.err
    assert "Warning: other machines can reach Winnow" in outcome.err
    assert "--root FOLDER limits that" in outcome.err
    limited = winnow("app", "--no-browser", "--address", "0.0.0.0", "--root", tmp_path).err
    assert f"everything in {tmp_path}, and write there" in limited


def test_the_token_is_the_same_next_time_until_a_new_one_is_made(winnow: Winnow) -> None:
    def token(*options: str) -> str:
        words = winnow("app", "--no-browser", *options).err.split()
        return next(word for word in words if "?token=" in word).partition("token=")[2]

    first = token()
    assert token() == first
    assert token("--new-token") != first


def test_folders_outside_the_roots_are_refused(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    refused(winnow("app", sample, "--root", tmp_path), str(sample), "--root")
    refused(winnow("app", embedded, "--root", tmp_path), "lies outside", "--root")
    refused(winnow("app", "--workspace", embedded, "--root", tmp_path), "lies outside")
    refused(winnow("app", "--root", tmp_path / "missing"), "There is no folder", "--root")
    own = tmp_path / "pictures"
    shutil.copytree(sample, own)
    refused(winnow("app", own, "--workspace", embedded, "--root", tmp_path), "lies outside")
    assert winnow("app", own, "--root", tmp_path, "--no-browser").code == 0
    two = winnow("app", sample, "--root", tmp_path, "--root", sample, "--no-browser")
    assert two.code == 0, two.err


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--address", "203.0.113.77"], "no address of this machine"),
        (["--allow-host", "*"], "--allow-host"),
    ],
)
def test_what_cannot_be_is_one_sentence(winnow: Winnow, options: list[str], part: str) -> None:
    refused(winnow("app", "--no-browser", *options), part)


def test_streamlit_is_told_to_open_nothing(
    winnow: Winnow, no_server: list[dict[str, object]]
) -> None:
    winnow("app", "--no-browser")
    settings = no_server[0]
    assert settings["server.enableCORS"] is True
    assert settings["server.enableXsrfProtection"] is True
    assert settings["server.enableStaticServing"] is False
    assert settings["server.enableAgentApi"] is False
    assert settings["client.allowedOrigins"] == []
    assert settings["browser.gatherUsageStats"] is False
    assert settings["logger.hideWelcomeMessage"] is True
    assert settings["server.address"] == "127.0.0.1"


def test_a_browser_is_started_with_a_token_that_opens_once(
    winnow: Winnow, no_server: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Now:
        daemon = True

        def __init__(self, seconds: float, work: object, arguments: list[str]) -> None:
            opened.extend(arguments)

        def start(self) -> None: ...

    monkeypatch.setattr(server.threading, "Timer", Now)
    monkeypatch.setattr(server, "_has_screen", lambda: True)
    printed = winnow("app").err
    ticket = opened[0].partition("?token=")[2]
    assert ticket
    assert ticket not in printed
    doors = no_server[0]["app"]._user_middleware[0].kwargs
    assert doors["tokens"].opens(ticket)
    assert not doors["tokens"].opens(ticket)
