"""Long work pauses where it says that it could, for whoever asked for that."""

from __future__ import annotations

import threading

import pytest

from core.runtime.pausing import breathe, is_patient, pausing


def test_only_the_thread_that_asked_for_it_pauses() -> None:
    pauses: list[str] = []
    breathe()
    with pausing(lambda: pauses.append("outer")):
        breathe()
        with pausing(lambda: pauses.append("inner")):
            breathe()
        other = threading.Thread(target=breathe)
        other.start()
        other.join()
        breathe()
    breathe()
    assert pauses == ["outer", "inner", "outer"]


def test_an_error_ends_it_too() -> None:
    pauses: list[int] = []
    with pytest.raises(ValueError, match="broken"), pausing(lambda: pauses.append(1)):
        raise ValueError("broken")
    breathe()
    assert not pauses


def test_who_pauses_can_be_told() -> None:
    assert not is_patient()
    with pausing(lambda: None):
        assert is_patient()
    assert not is_patient()
