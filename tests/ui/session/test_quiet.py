"""Background work waits for pages, but not for ever, and not while somebody waits for it."""

from __future__ import annotations

import threading
import time

import pytest

from core.project.memory import Memory
from core.runtime.pausing import breathe, pausing
from core.ui.session import quiet


def waited(courtesy: quiet.Courtesy) -> float:
    begun = time.monotonic()
    courtesy()
    return time.monotonic() - begun


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "_PAGE", 0.2)
    monkeypatch.setattr(quiet, "_until", float("-inf"))


def test_it_waits_for_a_page_that_was_just_asked_for() -> None:
    courtesy = quiet.Courtesy(10, hurry=lambda: False)
    assert waited(courtesy) < 0.05
    quiet.page_asked()
    assert waited(courtesy) >= 0.15
    assert waited(courtesy) < 0.05


def test_a_page_that_is_drawn_is_waited_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "_PAGE", 3600)
    quiet.page_asked()
    with pytest.raises(ValueError), quiet.drawing(0.1):
        raise ValueError  # a page may stop early
    courtesy = quiet.Courtesy(10, hurry=lambda: False)
    assert 0.05 < waited(courtesy) < 5
    assert waited(courtesy) < 0.05


def test_what_a_browser_draws_for_long_is_waited_for() -> None:
    with quiet.drawing(0.0):
        quiet.takes(0.3)
        quiet.takes(0.1)
    courtesy = quiet.Courtesy(10, hurry=lambda: False)
    assert 0.2 < waited(courtesy) < 5
    with quiet.drawing(0.0):
        pass  # the next page has nothing of it
    assert waited(courtesy) < 0.05


def test_its_patience_ends_however_many_pages_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quiet, "_PAGE", 3600)
    courtesy = quiet.Courtesy(0.2, hurry=lambda: False)
    quiet.page_asked()
    courtesy()
    assert waited(courtesy) < 0.05


def test_it_does_not_wait_while_somebody_waits_for_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quiet, "_PAGE", 3600)
    quiet.page_asked()
    assert waited(quiet.Courtesy(3600, hurry=lambda: True)) < 0.05


def test_it_does_not_wait_while_a_page_waits_for_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that pauses may hold what the very page needs that it pauses for."""
    monkeypatch.setattr(quiet, "_PAGE", 3600)
    memory, holding = Memory(), threading.Event()
    courtesy = quiet.Courtesy(3600, hurry=lambda: False)

    def made() -> str:
        holding.set()
        breathe()  # as work between two of its steps
        return "made"

    def work() -> None:
        with pausing(courtesy):
            memory.remember("kind", 1, made)

    quiet.page_asked()
    worker = threading.Thread(target=work)
    worker.start()
    assert holding.wait(30)
    assert memory.remember("kind", 1, lambda: "not this") == "made"
    worker.join(30)
    assert not worker.is_alive() and courtesy.waited < 30
