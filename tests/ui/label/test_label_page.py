"""The Label page: answers are stored once, strokes of the grid are one undo."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store.labels.base import Event
from core.ui.label.desk import EMPTY
from core.ui.label.labeler import keys_of
from core.ui.session import host, session

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The app on this page."""
    app.session_state[session.ANNOTATOR] = "me"
    app.run()
    app.switch_page("../../../pages/label.py").run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def answer(seq: int, image_id: str, label: str | None, kind: str = "label") -> dict[str, object]:
    return {"seq": seq, "id": image_id, "kind": kind, "label": label, "target": None}


def test_answers_of_the_labeling_element_are_stored_once(app: AppTest, project: Project) -> None:
    queue = app.session_state["queue"].ids
    assert len(queue) == 48
    names = project.classes().names
    log = [answer(1, queue[0], names[0]), answer(2, queue[1], names[1])]
    app.session_state["labeler"] = {"log": sending(log)}
    app.run()
    app.session_state["labeler"] = {"log": sending([*log, answer(3, queue[2], None, "skip")])}
    app.run()
    assert not app.exception
    assert project.labels.classes() == {queue[0]: names[0], queue[1]: names[1]}
    assert project.labels.current()[queue[2]].kind == "skip"
    assert not set(queue[:3]) & set(app.session_state["queue"].ids)
    undo = {"seq": 4, "id": queue[1], "kind": "undo", "label": None, "target": 2}
    app.session_state["labeler"] = {"log": sending([undo])}
    app.run()
    assert project.labels.classes() == {queue[0]: names[0]}


def test_learning_waits_for_ten_answers_or_for_the_button(app: AppTest, project: Project) -> None:
    def learned() -> int:
        return int((app.session_state["answers-predictions"][1].human >= 0).sum())

    queue, names = app.session_state["queue"].ids, project.classes().names
    log = [answer(1, queue[0], names[0]), answer(2, queue[1], names[1])]
    app.session_state["labeler"] = {"log": sending(log)}
    app.run()
    app.run()
    assert learned() == 0
    app.button(key="learn-now").click().run()
    deadline = time.monotonic() + 60
    while learned() == 0 and time.monotonic() < deadline:
        time.sleep(0.1)  # the fit runs in the background
        app.run()
    assert learned() == 2
    assert not app.exception


def test_a_log_of_nonsense_is_ignored(app: AppTest, project: Project) -> None:
    queue = app.session_state["queue"].ids
    nonsense = [
        None,
        7,
        {},
        {"seq": "x"},
        answer(1, "0" * 32, "cat"),
        answer(2, queue[0], "cat", "drop"),
    ]
    app.session_state["labeler"] = {"log": sending(nonsense)}
    app.run()
    assert not app.exception
    assert project.labels.current() == {}


def in_grid_mode(app: AppTest) -> AppTest:
    app.segmented_control(key="label-mode").set_value("Grid of exceptions").run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_a_page_of_the_grid_is_one_stroke_and_one_undo(app: AppTest, project: Project) -> None:
    in_grid_mode(app)
    page = [i for stack in app.session_state["grid-pages"][0] for i in stack]
    name = app.selectbox(key="grid-class").value
    other = next(n for n in project.classes().names if n != name)
    said = [name] * len(page)
    said[0] = other
    log = [
        {**answer(seq, image_id, label), "batch": 1}
        for seq, (image_id, label) in enumerate(zip(page[:-1], said, strict=False), 1)
    ]
    app.session_state["grid"] = {"log": sending(log), "wrong": [page[-1]]}
    app.run()
    assert not app.exception
    assert project.labels.classes() == dict(zip(page[:-1], said, strict=False))
    pages = app.session_state["grid-pages"]
    assert page[-1] not in [i for p in pages for stack in p for i in stack]
    undo = {"seq": len(page), "id": page[0], "kind": "undo", "label": None, "target": 1}
    app.session_state["grid"] = {"log": sending([undo]), "wrong": []}
    app.run()
    assert project.labels.classes() == {}


def test_what_the_grid_calls_wrong_is_asked_first_at_the_desk(app: AppTest) -> None:
    in_grid_mode(app)
    wrong = app.session_state["grid-pages"][0][3][0]
    app.session_state["grid"] = {"log": sending([]), "wrong": [wrong]}
    app.run()
    app.segmented_control(key="label-mode").set_value("One by one").run()
    app.session_state["queue"] = EMPTY
    app.run()
    assert app.session_state["queue"].ids[0] == wrong


def test_two_sessions_are_asked_about_different_images(app: AppTest, project: Project) -> None:
    other = AppTest.from_file(str(ENTRY), default_timeout=60)
    other.session_state[session.ANNOTATOR] = "you"
    other.run()
    other.switch_page("../../../pages/label.py").run()
    mine, theirs = set(app.session_state["queue"].ids), set(other.session_state["queue"].ids)
    assert len(mine) == 48
    assert len(theirs) == 12  # all that is left of 60
    assert not mine & theirs


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (list("0123456789"), [[digit] for digit in "0123456789"]),
        (["a", "B", "long"], [["a", "A"], ["B", "b"], []]),
        (["a", "A", "ß", "é", "一"], [["a"], ["A"], ["ß"], ["é", "É"], ["一"]]),
        (["packaged", "unpackaged"], [[], []]),
        (["", "1", "11"], [[], ["1"], []]),
    ],
)
def test_a_class_whose_name_is_one_character_owns_that_key(
    names: list[str], keys: list[list[str]]
) -> None:
    assert keys_of(names) == keys
    flat = [key for own in keys_of(names) for key in own]
    assert len(flat) == len(set(flat))


def test_a_key_press_reads_what_is_new_of_the_label_log_and_no_more(
    app: AppTest, project: Project
) -> None:
    elsewhere = [Event(f"{n:032x}", "cat") for n in range(2_000)]  # of images that left the folder
    project.labels.add(elsewhere, "bob", "test")
    app.run()  # the page that follows what came from elsewhere
    store = host.shared.project(project.workspace.root).labels
    before, queue = store.rows_read, app.session_state["queue"].ids
    assert before >= 2_000
    names, log = project.classes().names, []
    for seq in range(1, 13):  # more than a batch, so that a fit starts as well
        log.append(answer(seq, queue[seq - 1], names[seq % 2]))
        app.session_state["labeler"] = {"log": sending(list(log))}
        app.run()
    assert not app.exception
    assert store.rows_read - before == 12
    undo = {"seq": 13, "id": queue[11], "kind": "undo", "label": None, "target": 12}
    app.session_state["labeler"] = {"log": sending([*log, undo])}
    app.run()
    assert store.rows_read - before == 12
    assert len(project.labels.classes()) == 2_011
