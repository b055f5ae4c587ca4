"""The head that a question learns with, as its workspace keeps it."""

from __future__ import annotations

from pathlib import Path

from core.learn.heads.names import NAMES, PLAIN
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.people.gate import doing
from core.store.people.roles import SETTINGS

_FILE = "head"
_MOST_BYTES = 100


def head_in(home: Path) -> str:
    """The name of the head that a question learns with; the plain one where nothing is kept.

    Args:
        home: folder of the question, `Workspace.home`.

    Raises:
        WinnowError: the file cannot be read, or names no head.
    """
    file = home / _FILE
    with storage_errors(file):
        try:
            with file.open("rb") as opened:
                name = opened.read(_MOST_BYTES).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return PLAIN
    if name not in NAMES:
        raise WinnowError(
            f"The file {file} names a head that this version does not have: delete it to learn "
            "with the plain head."
        )
    return name


def keep_head(home: Path, name: str) -> None:
    """Have a question learn with a head from now on.

    Raises:
        ValueError: there is no head of the name.
        WinnowError: it cannot be written.
    """
    if name not in NAMES:
        raise ValueError(f"no head is called {name!r}")
    file = home / _FILE
    with doing(home, SETTINGS, f"head {name}"), storage_errors(home):
        if name == PLAIN:
            file.unlink(missing_ok=True)
        else:
            write_atomic(file, f"{name}\n".encode())
