"""Whose labels a session gives: visible, asked once, remembered by the browser, never markup."""

from __future__ import annotations

import pytest
from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.ui.session import identity, session


def test_the_name_is_seen_and_goes_with_each_label(app: AppTest, project: Project) -> None:
    app.run()
    field = app.sidebar.text_input(key="person")
    assert field.value == session.getpass.getuser()
    field.set_value("  Ann‎a  B ").run()
    assert app.sidebar.text_input(key="person").value == "Anna B"
    assert app.session_state[session.ANNOTATOR] == "Anna B"
    app.switch_page("../../../pages/label.py").run()
    assert app.sidebar.text_input(key="person").value == "Anna B"
    assert not app.exception


def test_what_the_browser_remembers_counts_until_a_name_is_given(app: AppTest) -> None:
    app.session_state["person-browser"] = {"name": "Bob"}
    app.run()
    assert app.sidebar.text_input(key="person").value == "Bob"
    app.sidebar.text_input(key="person").set_value("Cy").run()
    app.run()
    assert app.sidebar.text_input(key="person").value == "Cy"
    app.sidebar.text_input(key="person").set_value("   ").run()
    assert app.sidebar.text_input(key="person").value == "Cy"


@pytest.mark.parametrize("name", [None, 7, ["x"], "", " \u200b "])
def test_a_browser_that_says_anything_else_is_not_heard(app: AppTest, name: object) -> None:
    app.session_state["person-browser"] = {"name": name}
    app.run()
    assert app.sidebar.text_input(key="person").value == session.getpass.getuser()
    assert not app.exception


def test_who_comes_from_elsewhere_is_asked_first(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "is_here", lambda: False)
    app.run()
    assert app.sidebar.text_input(key="person").value == ""
    app.switch_page("../../../pages/label.py").run()
    assert "Who is labeling?" in texts(app)
    app.text_input(key="person-first").set_value("Dora").run()
    assert "Who is labeling?" not in texts(app)
    assert app.sidebar.text_input(key="person").value == "Dora"
    assert not app.exception
