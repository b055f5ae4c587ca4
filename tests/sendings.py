"""What the elements that take answers send, as their browser part makes it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from core.ui.session import host

_numbers = count(1)
CLIENT = "c" * 32


def sending(answers: Sequence[Any], client: str = CLIENT) -> dict[str, Any]:
    """The value of an element's log, for the workspace that the server was started with.

    Answers without a client are of the one named.
    """
    assert host.shared.first is not None
    named = [{"client": client, **a} if isinstance(a, dict) else a for a in answers]
    return {
        "sending": next(_numbers),
        "client": client,
        "workspace": host.shared.project(host.shared.first).key,
        "answers": named,
    }
