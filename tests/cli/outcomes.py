"""What came of a command, for the tests of all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What it printed with ``--json``."""
        return json.loads(self.out)


Winnow = Callable[..., Outcome]
"""Runs the command line with some arguments, see the fixture."""


def refused(outcome: Outcome, *parts: str) -> None:
    """Exit code 2, nothing on stdout, and one sentence that holds ``parts``."""
    assert outcome.code == 2, (outcome.out, outcome.err)
    assert outcome.out == ""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("winnow: ")
    for part in parts:
        assert part in lines[0]
