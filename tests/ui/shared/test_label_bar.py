"""The bar that gives images a class: each place remembers its own batch and takes it back once."""

from __future__ import annotations

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.ui.session import host


def script() -> None:
    import streamlit as st

    from core.ui.shared import label_bar

    ids = st.session_state["ids"]
    for place in ("here", "there"):
        label_bar.class_field(st, place, ["cat", "a *dog*"], "Class")
        label_bar.label_button(st, place, ids[place], f"from {place}", "Label")
        label_bar.undo_row(place)


@pytest.fixture(autouse=True)
def open_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))


def drawn(project: Project) -> AppTest:
    app = AppTest.from_function(script, default_timeout=30)
    first, second, third = project.pool().ids[:3]
    app.session_state["ids"] = {"here": [first, second], "there": [third]}
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_a_batch_is_given_and_taken_back_where_it_was_given(project: Project) -> None:
    app = drawn(project)
    first, second, third = project.pool().ids[:3]
    assert app.button(key="here-label").disabled
    app.selectbox(key="here-class").set_value("a *dog*").run()
    app.button(key="here-label").click().run()
    assert project.labels.classes() == {first: "a *dog*", second: "a *dog*"}
    assert project.labels.current()[first].source == "from here"
    assert [box.value for box in app.success] == ["2 images labeled a \\*dog\\*; saved."]
    app.selectbox(key="there-class").set_value("cat").run()
    app.button(key="there-label").click().run()
    assert len(app.success) == 2
    app.button(key="here-undo").click().run()
    assert project.labels.classes() == {third: "cat"}
    assert [box.value for box in app.success] == ["1 image labeled cat; saved."]
    assert [button.key for button in app.button] == ["here-label", "there-label", "there-undo"]


def test_without_classes_there_is_nothing_to_choose(project: Project) -> None:
    app = AppTest.from_function(empty, default_timeout=30).run()
    assert app.selectbox(key="here-class").disabled
    assert app.selectbox(key="here-class").placeholder == "No classes yet: see Prompts"


def empty() -> None:
    import streamlit as st

    from core.ui.shared import label_bar

    label_bar.class_field(st, "here", [], "Class")
