"""Very many images: pages show something at once, and what follows behind replaces it."""

from __future__ import annotations

import time

import pytest
from drawn import texts
from held import Held
from streamlit.testing.v1 import AppTest

from core.project import pool as pools
from core.project.project import Project
from core.ui.session import behind, fitting, host


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setattr(pools, "MANY", 0)
    monkeypatch.setattr(behind, "IMAGES", 50)
    monkeypatch.setattr(behind, "_wanted", {})
    monkeypatch.setattr(behind, "_looked_at", set())
    monkeypatch.setattr(behind, "_worker", held := Held())
    return held


def takes(app: AppTest) -> list[str]:
    return [element.value for element in app.html if "takes" in element.value]


def test_a_preview_is_of_a_part_until_all_are_scored(app: AppTest, worker: Held) -> None:
    app.run()
    app.switch_page("../../../pages/prompts.py").run()
    assert not app.exception, [error.value for error in app.exception]
    assert all("about" in text and "±" in text for text in takes(app))
    assert "50 of them drawn at random" in texts(app)
    assert worker.go() != [None]
    app.run()
    assert takes(app) and not any("about" in text or "±" in text for text in takes(app))
    assert "drawn at random, until" not in texts(app)


def test_very_many_classes_begin_with_a_smaller_part(
    app: AppTest, worker: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MANY", 1_000_000)
    monkeypatch.setattr(fitting, "VERY_LONG", 60 * 10)
    monkeypatch.setattr(behind, "_CELLS", 30 * 10)
    monkeypatch.setattr(behind, "_LEAST", 1)
    monkeypatch.setattr(behind, "_AT_ONCE", 0)
    monkeypatch.setattr(behind, "_first_looks", first := Held())
    app.run()
    app.switch_page("../../../pages/prompts.py").run()
    assert not app.exception, [error.value for error in app.exception]
    assert "being compared with all classes" in texts(app) and not takes(app)
    first.go()
    app.run()
    assert "being compared" not in texts(app)
    assert "30 of them drawn at random, until" in texts(app)
    assert worker.go() != [None]
    app.run()
    assert takes(app) and not any("±" in text for text in takes(app))
    assert "drawn at random, until" not in texts(app)


def test_very_many_images_of_few_classes_keep_their_larger_part(
    app: AppTest, worker: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "VERY_LONG", 1)
    app.run()
    app.switch_page("../../../pages/prompts.py").run()
    behind._first_looks.join()
    app.run()
    assert "50 of them drawn at random, until" in texts(app)


def test_prompts_that_were_changed_since_are_not_scored(
    app: AppTest, worker: Held, project: Project
) -> None:
    app.run()
    app.switch_page("../../../pages/prompts.py").run()
    name = project.classes().names[0]
    project.update_classes(lambda classes: classes.of({**classes.prompts(), name: ["a hat"]}))
    app.run()
    first, second = worker.go()
    assert first is None and second is not None


def test_label_says_that_look_alikes_are_being_found_and_then_hears_them(
    app: AppTest, worker: Held
) -> None:
    app.run()
    app.switch_page("../../../pages/label.py").run()
    assert not app.exception, [error.value for error in app.exception]
    assert len(app.session_state["queue"].ids) == 48
    for task in host.shared.board.running():
        assert task.wait(60).state == "done"
    # Until a model has heard them, the page shows the one before.
    until = time.monotonic() + 60
    while "images most like each" not in texts(app) and time.monotonic() < until:
        app.run()
        assert not app.exception, [error.value for error in app.exception]
    assert "images most like each" in texts(app)
    assert "are being found" not in texts(app)
