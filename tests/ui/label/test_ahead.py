"""The next of very many images are chosen behind the keys, and nobody waits while some are left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from held import Held
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.project import pool as pools
from core.project.project import Project
from core.runtime.errors import StorageError
from core.ui.label import ahead, desk, state
from core.ui.session import session


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setattr(pools, "MANY", 0)
    monkeypatch.setattr(desk, "QUEUE", 16)
    monkeypatch.setattr(desk, "STEADY", 10)
    monkeypatch.setattr(ahead, "_worker", held := Held())
    return held


@pytest.fixture
def app(app: AppTest, worker: Held, drawn: list[dict[str, Any]]) -> AppTest:
    """The app on this page, where no fit changes the queue."""
    app.session_state[session.ANNOTATOR] = "me"
    app.session_state[state.BATCH_SIZE] = 200
    app.run()
    app.switch_page(str(Path("../../../pages/label.py"))).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def press(app: AppTest, count: int, before: list[str]) -> list[str]:
    """Answer the next images, one a run; returns all that were answered."""
    for _ in range(count):
        before = [*before, app.session_state["queue"].ids[0]]
        log = [
            {"seq": n, "id": i, "kind": "label", "label": "animal", "target": None}
            for n, i in enumerate(before, 1)
        ]
        app.session_state["labeler"] = {"log": sending(log), "apart": None}
        app.run()
        assert not app.exception, [e.value for e in app.exception]
    return before


def test_more_are_chosen_behind_and_join_what_is_left(
    app: AppTest, worker: Held, project: Project
) -> None:
    assert len(app.session_state["queue"].ids) == 16 and not worker.work  # the first at once
    done = press(app, 6, [])
    left = app.session_state["queue"].ids
    assert len(left) == 10 and len(worker.work) == 1
    done = press(app, 2, done)
    assert app.session_state["queue"].ids == left[2:] and len(worker.work) == 1
    worker.go()
    done = press(app, 1, done)
    ids = app.session_state["queue"].ids
    assert ids[:7] == left[3:] and len(ids) >= 13 and len(set(ids)) == len(ids)
    assert not set(ids) & set(done) and set(done) == set(project.labels.current())


def test_with_hardly_an_image_left_the_page_waits_for_more(app: AppTest, worker: Held) -> None:
    press(app, 11, [])
    assert len(worker.work) == 1 and len(app.session_state["queue"].ids) == 16


def test_a_choice_that_failed_is_said_and_made_again(
    app: AppTest, worker: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = press(app, 6, [])
    [(future, _)] = worker.work
    future.set_exception(StorageError("the disk of labels is away"))
    worker.work = []
    press(app, 1, done)
    assert app.session_state[state.CHOOSING] is None
    app.run()
    assert len(worker.work) == 1
