"""What the desk and the grid are told: probabilities, copies, the state; and what they send."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store.apart import read_apart
from core.store.labels.base import Event
from core.ui.label import state
from core.ui.session import host, session


@pytest.fixture
def app(app: AppTest, drawn: list[dict[str, Any]]) -> AppTest:
    """The app on this page."""
    app.session_state[session.ANNOTATOR] = "me"
    app.run()
    app.switch_page(str(Path("../../../pages/label.py"))).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def answer(seq: int, image_id: str, label: str | None, kind: str = "label") -> dict[str, object]:
    return {"seq": seq, "id": image_id, "kind": kind, "label": label, "target": None}


def undo(seq: int, image_id: str, target: int) -> dict[str, object]:
    return {"seq": seq, "id": image_id, "kind": "undo", "label": None, "target": target}


def test_probabilities_are_thousandths_of_every_class(
    app: AppTest, drawn: list[dict[str, Any]], project: Project
) -> None:
    names = project.classes().names
    for item in drawn[-1]["queue"]:
        assert len(item["probabilities"]) == len(names)
        assert 990 <= sum(item["probabilities"]) <= 1010
        assert item["prompt"] is None  # without labels they are of the prompts already
    widths = [part["width"] for part in drawn[-1]["outlook"]["parts"]]
    assert len(widths) == len(names)
    assert sum(widths) == pytest.approx(100, abs=1)


def test_with_labels_the_prompts_own_probabilities_stand_beside_the_model(
    app: AppTest, drawn: list[dict[str, Any]], project: Project
) -> None:
    ids, names = project.pool().ids, project.classes().names
    labels = [Event(i, names[n % 3]) for n, i in enumerate(ids[:30])]
    host.shared.project(project.workspace.root).labels.add(labels, "ann", "test")
    app.session_state[state.NOT_LEARNED] = 10
    deadline = time.monotonic() + 60
    while not drawn[-1]["queue"][0]["prompt"] and time.monotonic() < deadline:
        time.sleep(0.1)  # the fit runs in the background
        app.run()
    item = drawn[-1]["queue"][0]
    assert 990 <= sum(item["prompt"]) <= 1010
    assert item["prompt"] != item["probabilities"]


def test_answers_without_a_class_are_stored_counted_and_undone(
    app: AppTest, drawn: list[dict[str, Any]], project: Project
) -> None:
    queue = app.session_state["queue"].ids
    log = [answer(1, queue[0], None, "none"), answer(2, queue[1], None, "unusable")]
    app.session_state["labeler"] = {"log": sending(log), "apart": None}
    app.run()
    assert {i: label.kind for i, label in project.labels.current().items()} == {
        queue[0]: "none", queue[1]: "unusable",
    }  # fmt: skip
    assert "1 none of these · 1 not usable" in drawn[-1]["meter"]["lines"]
    assert "2 this session" in drawn[-1]["meter"]["lines"][0]
    app.session_state["labeler"] = {"log": sending([*log, undo(3, queue[0], 1)]), "apart": None}
    app.run()
    assert "1 not usable" in drawn[-1]["meter"]["lines"]
    assert "1 this session" in drawn[-1]["meter"]["lines"][0]


def test_every_counter_follows_an_answer_and_its_undo(
    app: AppTest, drawn: list[dict[str, Any]], project: Project
) -> None:
    name = project.classes().names[2]
    pool, order = project.pool(), project.snapshot().audit_order
    first = pool.ids[order[0]]
    log = [answer(1, first, name)]
    app.session_state["labeler"] = {"log": sending(log), "apart": None}
    app.run()
    after = drawn[-1]
    assert after["classes"][2]["labels"] == 1
    assert after["meter"]["lines"][0].startswith("1 of 60 labeled")
    assert after["meter"]["lines"][-1].startswith("1 of 10 random images")
    again = pool.ids[order[1]]
    app.session_state["labeler"] = {"log": sending([*log, answer(2, again, name)]), "apart": None}
    app.run()
    assert drawn[-1]["meter"]["lines"][-1].startswith("2 of 10 random images")
    log = [*log, answer(2, again, name), undo(3, again, 2)]
    app.session_state["labeler"] = {"log": sending(log), "apart": None}
    app.run()
    assert drawn[-1]["classes"][2]["labels"] == 1
    assert drawn[-1]["meter"]["lines"][0].startswith("1 of 60 labeled")
    assert "1 this session" in drawn[-1]["meter"]["lines"][0]
    assert drawn[-1]["meter"]["lines"][-1].startswith("1 of 10 random images")


def test_a_stroke_of_the_grid_is_counted_and_uncounted_whole(app: AppTest) -> None:
    queue = app.session_state["queue"].ids
    log = [answer(n, queue[n], "animal") | {"batch": 1} for n in range(1, 6)]
    app.session_state["labeler"] = {"log": sending(log), "apart": None}
    app.run()
    assert app.session_state["answers"] == 5
    app.session_state["labeler"] = {"log": sending([*log, undo(6, queue[1], 1)]), "apart": None}
    app.run()
    assert app.session_state["answers"] == 0


def test_images_are_taken_apart_once_and_put_together_again(app: AppTest, project: Project) -> None:
    ids = project.pool().ids[:2]
    wish = {"number": 7, "ids": ids, "together": False}
    for _ in range(2):
        app.session_state["labeler"] = {"log": None, "apart": wish}
        app.run()
        assert read_apart(project.workspace) == (tuple(sorted(ids)),)
    app.session_state["labeler"] = {"log": None, "apart": wish | {"number": 8, "together": True}}
    app.run()
    assert read_apart(project.workspace) == ()
    for nonsense in (7, {}, {"ids": 3}, {"ids": ["../x", 9, *ids[:1]], "number": 9}):
        app.session_state["labeler"] = {"log": None, "apart": nonsense}
        app.run()
        assert not app.exception
    assert read_apart(project.workspace) == ()


def test_a_damaged_file_of_near_duplicates_is_said_and_answers_are_kept(
    app: AppTest, project: Project, drawn: list[dict[str, Any]]
) -> None:
    image = app.session_state["queue"].ids[0]
    project.workspace.apart.write_text("nonsense")
    app.session_state["labeler"] = {"log": sending([answer(1, image, "animal")]), "apart": None}
    app.run()
    assert not app.exception
    assert image in project.labels.current()


@pytest.mark.parametrize("start", ["typical", "random"])
def test_the_first_images_may_be_typical_or_random(app: AppTest, start: str) -> None:
    app.selectbox(key=state.START).set_value(start).run()
    assert not app.exception
    assert len(app.session_state["queue"].ids) == 48
