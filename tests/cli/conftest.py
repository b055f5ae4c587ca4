"""What the tests of commands share."""

from __future__ import annotations

from typing import Any

import pytest
from cli.outcomes import Outcome, Winnow
from remembering import texts_are_encoded_once  # noqa: F401  a fixture

from core import cli
from core.encoders import registry


@pytest.fixture(autouse=True)
def one_starter(starter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands share the session's starter, which takes seconds to load; other names are real."""
    real = registry.load_encoder

    def load(spec: str, *arguments: Any, **options: Any) -> Any:
        usual = spec == "starter" and arguments[:1] == ("auto",)
        return starter if usual else real(spec, *arguments, **options)

    monkeypatch.setattr(registry, "load_encoder", load)


@pytest.fixture
def winnow(capsys: pytest.CaptureFixture[str]) -> Winnow:
    """The command line, called within this process."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return call
