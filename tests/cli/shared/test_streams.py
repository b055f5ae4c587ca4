"""Whatever the encoding and whatever the names: output is whole and harmless, nothing crashes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.shared.streams import as_json, prepare, safe_lines
from core.cli.shared.terminal import Terminal, table

ENCODINGS = ["utf-8", "cp1252", "ascii", "latin-1", "cp437", "shift_jis", "koi8-r", "utf-16"]
NAMES = [
    "猫😀.jpg",
    "Größe",
    "\udce9.jpg",
    "\x1b[31mred",
    "a\nb",
    "\u202egpj.exe",
    "[red]x[/y]",
    "–",
]


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def written(text: io.TextIOWrapper) -> str:
    text.flush()
    return text.buffer.getvalue().decode(text.encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("is_json", [False, True])
def test_everything_is_written_in_any_encoding(
    monkeypatch: pytest.MonkeyPatch, encoding: str, is_json: bool
) -> None:
    out, err = stream(encoding), stream(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    prepare()
    terminal = Terminal(as_json=is_json)
    rows = [(name, "1") for name in NAMES]
    for name in NAMES:
        terminal.note(f"left out {name}")
        terminal.error(f"{name} is missing")
    terminal.result({"names": NAMES}, table(rows, ("name", "n")))
    shown, notes = written(out), written(err)
    assert notes.count("left out") == len(NAMES) == notes.count("is missing")
    assert len(notes.splitlines()) == 2 * len(NAMES)
    for character in "\x1b\u202e":
        assert character not in notes
        assert is_json or character not in shown
    lines = shown.splitlines()
    if is_json:
        assert [json.loads(line)["error"] for line in lines[:-1]] == [
            f"{name} is missing" for name in NAMES
        ]
        assert json.loads(lines[-1]) == {"names": NAMES}
    else:
        assert len(lines) == len(NAMES) + 1


@given(st.text(), st.sampled_from(ENCODINGS))
def test_json_says_the_same_in_every_encoding(text: str, encoding: str) -> None:
    target = stream(encoding)
    line = as_json({"text": text}, target)
    target.write(line)
    assert json.loads(line) == {"text": text}


@given(st.text())
def test_lines_stay_lines_and_steer_nothing(text: str) -> None:
    safe = safe_lines(text)
    assert safe.count("\n") == text.count("\n")
    assert not set(safe) & set(map(chr, [*range(10), *range(11, 32), 127, 0x9B, 0x202E]))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8:strict"])
@pytest.mark.parametrize("more", [["--json"], []])
def test_the_command_itself_takes_any_encoding(
    tmp_path: Path, encoding: str, more: list[str]
) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", "from core.cli import main; main()", "embed", "nix_猫😀", *more],
        cwd=tmp_path, capture_output=True, check=False,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr and b"does not exist" in done.stderr
    if more:
        told = json.loads(done.stdout.decode(encoding.partition(":")[0]))
        assert "nix_猫😀" in told["error"]
