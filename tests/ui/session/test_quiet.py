"""Background work waits for pages, but not for ever, and not while somebody waits for it."""

from __future__ import annotations

import time

import pytest

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
