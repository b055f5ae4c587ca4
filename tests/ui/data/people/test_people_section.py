"""People on the Data page, and what a role closes on every page, as Streamlit runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.people import roles
from core.store.labels.base import Event
from core.store.people.people_file import read_people
from core.ui.data import state
from core.ui.data.people import section
from core.ui.session import session


def as_(app: AppTest, person: str, page: str = "") -> AppTest:
    app.session_state[session.ANNOTATOR] = person
    app.session_state[state.PEOPLE_OPEN] = True
    app.run()
    if page:
        app.switch_page(str(Path(f"../../../pages/{page}.py"))).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


@pytest.fixture
def team(project: Project) -> Project:
    for name, role in (("Bo", "owns"), ("Rea", "reviews"), ("Ann", "labels")):
        roles.add(project.workspace, name, role)
    return project


def closed(app: AppTest) -> list[str]:
    return [box.value for box in app.info if "cannot" in box.value]


def test_people_are_listed_on_the_page(app: AppTest, project: Project) -> None:
    as_(app, "Bo")
    assert app.text_input(key=state.PERSON).value == "Bo"
    assert app.selectbox(key=state.ROLE).value == "owns"
    app.button(key="people-add").click().run()
    app.text_input(key=state.PERSON).input("Ann")
    app.button(key="people-add").click().run()
    people = read_people(project.workspace.root)
    assert people is not None
    assert [(one.name, one.role) for one in people.people] == [("Bo", "owns"), ("Ann", "labels")]
    app.selectbox(key="people-gone").select("Bo")
    app.run()
    app.button(key="people-remove").click().run()
    assert any("Somebody must own" in box.value for box in app.error)


@pytest.mark.parametrize(
    ("page", "who", "sentences"),
    [
        ("", "Ann", ["import", "embed images", "say who may do what"]),
        ("export", "Ann", ["export"]),
        ("prompts", "Ann", ["change classes"]),
        ("tags", "Rea", ["change tags"]),
        ("export", "Rea", ["export"]),
        ("label", "Eve", ["label images"]),
        ("export", "Bo", []),
        ("", "Bo", []),
    ],
)
def test_what_a_role_closes_is_said_in_one_sentence(
    app: AppTest, team: Project, page: str, who: str, sentences: list[str]
) -> None:
    as_(app, who, page)
    said = closed(app)
    for sentence in sentences:
        assert any(text.startswith(f"{who} ") and sentence in text for text in said), said
    assert bool(said) == bool(sentences)
    if page == "export":
        assert app.button(key="write").disabled == (who != "Bo")


def test_a_callback_of_who_may_not_is_refused_at_the_gate(app: AppTest, team: Project) -> None:
    """The button was drawn for an owner; whoever presses it then is none any more."""
    as_(app, "Bo")
    app.text_input(key=state.PERSON).input("Max")
    app.session_state[session.ANNOTATOR] = "Ann"
    app.button(key="people-add").click().run()
    assert any("Ann labels here and cannot say who may do what" in e.value for e in app.error)
    people = read_people(team.workspace.root)
    assert people is not None and people.of("Max") is None


def test_log_agreement_and_hours_are_for_reviewers(app: AppTest, team: Project) -> None:
    ids, names = team.pool().ids, team.classes().names
    for person, name in (("Ann", names[0]), ("Rea", names[1])):
        team.labels.add([Event(i, name) for i in ids[:4]], person, "label page, one")
    as_(app, "Ann")
    app.segmented_control(key=state.PEOPLE_VIEW).set_value(section.LOG).run()
    assert any("cannot see who did what" in box.value for box in app.info)
    as_(app, "Rea")
    views = {section.LOG: "who", section.AGREEMENT: "Cohen's kappa", section.HOURS: "labels"}
    for view, column in views.items():
        app.segmented_control(key=state.PEOPLE_VIEW).set_value(view).run()
        assert not app.exception and not app.error
        assert any(column in frame.value.columns for frame in app.dataframe), view
