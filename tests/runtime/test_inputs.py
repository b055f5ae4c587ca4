"""Only regular files are opened, and none is read further than its limit."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime import inputs
from core.runtime.errors import WinnowError

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices have no paths on Windows")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # a socket's path has to be short


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


@posix
@pytest.mark.parametrize("make", [_pipe, _socket, _device, _terminal])
@pytest.mark.parametrize(
    "read", [inputs.open_file, inputs.read_bytes, inputs.read_text, inputs.load_json]
)
def test_what_is_no_file_is_refused_at_once(
    make: Callable[[Path], None],
    read: Callable[[Path], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "photos.zip"
    make(odd)
    before = _open()
    result = _in_time(read, odd)
    assert isinstance(result, inputs.NotAFile)
    assert "not a file" in (result.strerror or "")
    assert not inputs.is_file(odd)
    assert _open() == before


def _open() -> int:
    """Files that this process has open; 0 where the system does not say."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def _in_time(work: Callable[..., object], *arguments: object) -> object:
    """What work returns or raises; fails when it waits for somebody."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work(*arguments))
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)
    assert results, "it waits"
    return results[0]


@posix
def test_a_link_to_a_pipe_is_a_pipe(tmp_path: Path) -> None:
    _pipe(tmp_path / "pipe")
    (tmp_path / "a.jpg").symlink_to(tmp_path / "pipe")
    assert isinstance(_in_time(inputs.open_file, tmp_path / "a.jpg"), inputs.NotAFile)


def test_folders_and_missing_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as raised:
        inputs.open_file(tmp_path)
    assert str(raised.value) == "it is a folder, not a file"
    with pytest.raises(FileNotFoundError):
        inputs.open_file(tmp_path / "no")


@given(size=st.integers(0, 300), limit=st.integers(0, 300))
def test_nothing_is_read_beyond_the_limit(
    size: int, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("limit") / "a.txt"
    path.write_bytes(b"x" * size)
    if size <= limit:
        assert inputs.read_bytes(path, limit) == b"x" * size
    else:
        with pytest.raises(WinnowError, match=f"has {size} bytes, at most {limit} are read"):
            inputs.read_bytes(path, limit)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_that_hides_its_size_has_a_limit_too() -> None:
    with pytest.raises(inputs.TooLong):
        inputs.read_bytes(Path("/proc/self/status"), 10)


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"a":' * 200_000, "9" * 10_000, "", "{", '{"a": 1', "\x00", "nul"],
)
def test_json_that_is_none_is_a_value_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError):
        inputs.load_json(path)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = ", "= 1", "a = 1\na = 2"])
def test_toml_that_is_none_is_a_value_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(ValueError):
        inputs.load_toml(path)


def test_texts_come_as_they_are_but_for_mark_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffnaïve\r\nlines\rof three".encode())
    assert inputs.read_text(path) == "naïve\nlines\nof three"


@given(st.recursive(st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_json_comes_back(content: Any) -> None:
    assert inputs.parse_json(json.dumps(content)) == content


def test_lengths_are_told_with_their_unit() -> None:
    inputs.check_length("abc", 3, "x")
    with pytest.raises(WinnowError, match="x has 4 characters, at most 3"):
        inputs.check_length("abcd", 3, "x")
    with pytest.raises(WinnowError, match="x has 4 bytes"):
        inputs.check_length(b"abcd", 3, "x")


@posix
def test_readers_that_open_by_themselves_are_warned(tmp_path: Path) -> None:
    inputs.check_kind(tmp_path / "missing")
    (tmp_path / "file").touch()
    inputs.check_kind(tmp_path / "file")
    _pipe(tmp_path / "pipe")
    for odd in (tmp_path / "pipe", tmp_path):
        with pytest.raises(WinnowError, match=r"cannot be read \(it is a .*, not a file\)"):
            inputs.check_kind(odd)


@pytest.mark.parametrize("text", ['["\\ud800"]', '{"\\udc80": 1}', '["\\ude00\\ud83d"]'])
def test_half_a_character_in_json_is_no_text(text: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(ValueError, match="half a character"):
            inputs.parse_json(form)


def test_a_character_in_two_halves_is_one() -> None:
    assert inputs.parse_json('["\\ud83d\\ude00", "\\\\ud800"]') == ["😀", "\\ud800"]
