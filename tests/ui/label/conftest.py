"""What the desk shows, seen by tests."""

from __future__ import annotations

from typing import Any

import pytest

from core.ui.label import desk, labeler


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the desk's element was given, the latest last."""
    seen: list[dict[str, Any]] = []
    real = labeler.labeler

    def note(key: str, taken: object, **data: Any) -> None:
        seen.append(data)
        real(key, taken, **data)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "labeler", note)
    return seen
