"""The command line's contract: exit codes, one clear sentence for what cannot be done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.outcomes import Winnow, refused

from core.cli import _COMMANDS, commands


def of_scripts(command: Any, name: str = "winnow") -> Iterator[tuple[str, set[str]]]:
    """Every command with JSON for scripts, and its options."""
    options = {option for one in command.params for option in getattr(one, "opts", ())}
    if "--json" in options:
        yield name, options
    for below, part in getattr(command, "commands", {}).items():
        yield from of_scripts(part, f"{name} {below}")


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_comes_alone_and_whole(name: str) -> None:
    """Nothing of it is registered by a module that is imported for others only."""

    def modules(command: Any) -> set[str]:
        below = getattr(command, "commands", {}).values()
        return {command.callback.__module__} if not below else set().union(*map(modules, below))

    alone = commands([name, "--help"]).commands
    assert list(alone) == [name]
    own = {f"core.cli.{module}" for module in _COMMANDS[name]}
    assert modules(alone[name]) == own == modules(commands().commands[name])
    assert list(getattr(alone[name], "commands", {})) == list(
        getattr(commands().commands[name], "commands", {})
    )


def test_the_help_lists_all_and_another_word_is_no_command(winnow: Winnow) -> None:
    assert set(commands().commands) == set(_COMMANDS)
    assert winnow("nosuch").code == 2


@pytest.mark.parametrize("name, options", list(of_scripts(commands())))
def test_what_scripts_call_can_be_quiet(name: str, options: set[str]) -> None:
    assert options >= {"--quiet", "-q"}, name


def test_what_cannot_be_done_is_said(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    ws = ("--workspace", embedded)
    out = tmp_path / "out"
    refused(winnow("embed", tmp_path / "nowhere", *ws), "does not exist")
    (tmp_path / "empty").mkdir()
    refused(winnow("embed", tmp_path / "empty", "--quiet"), "is empty")
    refused(winnow("embed", sample, "--model", "ViT-B-99/none", *ws), "ViT-B-99")
    refused(winnow("embed", sample, "--batch-size", "many", *ws), "batch size")
    refused(winnow("embed", sample, "--device", "tpu", *ws), "tpu")
    refused(winnow("run", sample, sample / "out", "a", "b", *ws), "inside the image folder")
    refused(winnow("run", sample, sample.parent, "a", "b", *ws), "contains the image folder")
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("x")
    refused(winnow("run", sample, full, "a", "b", *ws), "not empty")
    refused(winnow("run", sample, full / "file" / "out", "a", "b", *ws), "is a file")
    refused(winnow("run", sample, out, "only", *ws), "only one class")
    refused(winnow("run", sample, out, "a", "A", *ws), "twice")
    refused(
        winnow("run", sample, out, "a", "b", "--prompts", sample / "prompts.yaml", *ws), "twice"
    )
    refused(winnow("run", sample, out, "a", "b", "--splits", "0.7,0.2", *ws), "three shares")
    refused(winnow("run", sample, out, "a", "b", "--review-below", "7", *ws), "probability")
    refused(winnow("run", sample, out, "a", "b", "--labels", tmp_path / "no.csv", *ws), "no.csv")
    refused(winnow("evaluate", sample, "a", "b", "--truth", tmp_path / "no.csv", *ws), "no.csv")
    assert not out.exists()


def test_errors_with_json_are_json_too(winnow: Winnow, tmp_path: Path) -> None:
    outcome = winnow("embed", tmp_path / "nowhere", "--json")
    assert outcome.code == 2
    assert "does not exist" in outcome.json["error"]


def test_the_installed_command_answers(home: Path) -> None:
    command = Path(sys.executable).with_name("winnow")
    done = subprocess.run([command, "embed", "/nowhere"], capture_output=True, text=True, cwd=home)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "The folder /nowhere does not exist" in done.stderr
    usage = subprocess.run([command, "embed"], capture_output=True, text=True, cwd=home)
    assert usage.returncode == 2


def test_a_command_imports_no_other(home: Path) -> None:
    code = (
        "import sys; from core.cli import commands; words = ['models', '--quiet'];"
        "commands(words)(words, standalone_mode=False);"
        "print([m for m in sys.modules if m.startswith('core.cli.') and 'shared' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=home)
    assert done.stdout.splitlines()[-1] == "['core.cli.models']", done.stderr


def test_listing_models_imports_no_torch(home: Path) -> None:
    code = (
        "import sys; from core.cli import commands; words = ['models', '--quiet'];"
        "commands(words)(words, standalone_mode=False);"  # else it ends the process here
        "assert not {'torch', 'open_clip', 'scipy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=home)
    assert done.returncode == 0, done.stderr
