"""Who acts: asked of the screens, else whoever a command or background work named."""

from __future__ import annotations

import pytest

from core.runtime import acting as module
from core.runtime.acting import Actor, acting, actor, ask
from core.runtime.background import TaskBoard


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED", [])


def test_nobody_is_named_until_somebody_is() -> None:
    assert actor() is None
    with acting(Actor("ann")):
        assert actor() == Actor("ann")
        with acting(None):
            assert actor() is None
    assert actor() is None


def test_screens_are_asked_first() -> None:
    answers = [Actor("eve")]
    ask(lambda: answers[0] if answers else None)
    with acting(Actor("ann", local=True)):
        assert actor() == Actor("eve")
        answers.clear()
        assert actor() == Actor("ann", local=True)


def test_background_work_goes_on_as_whoever_began_it() -> None:
    board = TaskBoard()
    with acting(Actor("ann")):
        task = board.start("work", "Work", lambda report: actor())
    task.wait(10)
    assert task.result == Actor("ann")
    other = board.start("work", "Work", lambda report: actor())
    other.wait(10)
    assert other.result is None
