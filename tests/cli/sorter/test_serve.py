"""What ``winnow serve`` refuses before it listens anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused
from sorter.making_one import drawn_sorter

from core.cli.sorter import serve
from core.runtime.errors import WinnowError
from core.sorter.model_file import write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(drawn_sorter(), tmp_path / "colours.winnow")
    return tmp_path / "colours.winnow"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--no-token", "--address", "0.0.0.0"], ["--no-token", "this machine alone"]),
        (["--no-token", "--token-file", "x"], ["--no-token", "--token-file"]),
        (["--token-file", "/nowhere/token"], ["/nowhere/token", "--token-file"]),
        (["--allow-origin", "shop.example"], ["--allow-origin", "https://shop.example"]),
        (["--allow-origin", "*"], ["--allow-origin"]),
        (["--allow-host", "a/b"], ["--allow-host"]),
        (["--address", "300.1.1.1"], ["no address of this machine"]),
        (["--question", "quality"], ["--workspace"]),
        (["--workspace", "/nowhere"], ["/nowhere"]),
        (["--images", "/nowhere"], ["/nowhere"]),
        (["--batch-size", "many"], ["batch size"]),
    ],
)
def test_what_cannot_be_served_is_refused(
    winnow: Winnow, file: Path, arguments: list[str], parts: list[str]
) -> None:
    refused(winnow("serve", str(file), *arguments), *parts)


def test_two_files_of_one_name_and_none_at_all(winnow: Winnow, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / file.name
    other.write_bytes(file.read_bytes())
    refused(winnow("serve", str(file), str(other), "--no-token"), "one name")
    refused(winnow("serve", str(tmp_path / "none.winnow"), "--no-token"), "none.winnow")
    refused(winnow("serve", str(file), "--no-token"), "colours")  # no such encoder is here


def test_a_token_file_must_hold_a_token(winnow: Winnow, file: Path, tmp_path: Path) -> None:
    for content in (b"", b"short", b"with spaces in it all of it", b"\xff" * 30, b"x" * 300):
        (tmp_path / "token").write_bytes(content)
        refused(winnow("serve", str(file), "--token-file", str(tmp_path / "token")), "token file")


def test_packages_that_are_missing_are_named(
    winnow: Winnow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    refused(winnow("serve", str(file)), "winnow[serve]")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origins_are_spelled_as_browsers_do(text: str, origin: str) -> None:
    assert serve._origin(text) == origin


@pytest.mark.parametrize("text", ["", "null", "*", "https://*.example", "ftp://a", "https://a/b"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(WinnowError, match="--allow-origin"):
        serve._origin(text)
