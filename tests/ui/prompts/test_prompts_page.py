"""The Prompts page: every edit is saved and seen, and can be taken back."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.store.labels.base import Event
from core.ui.session import host


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The app on this page."""
    app.run()
    app.switch_page("../../../pages/prompts.py").run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def types(app: AppTest, name: str, text: str) -> None:
    """What the browser part of the field sends while somebody types."""
    app.session_state[f"prompts-{name}"] = {"edit": {"at": time.monotonic_ns(), "text": text}}
    app.run()


def said(elements) -> str:
    return elements[0].value.replace("\\", "")


def test_editing_a_prompt_changes_the_preview(app: AppTest, project: Project) -> None:
    before = [h.value for h in app.html if "takes" in h.value]
    assert len(before) == 10
    name = project.classes().names[0]
    types(app, name, "a blue car\na red truck")
    assert not app.exception
    after = [h.value for h in app.html if "takes" in h.value]
    assert project.classes().prompts()[name] == ["a blue car", "a red truck"]
    assert after != before


def test_adding_renaming_and_removing_a_class(app: AppTest, project: Project) -> None:
    names = project.classes().names
    app.text_input(key="new-classes").set_value("zebra, <b>odd & name</b>, zebra").run()
    assert project.classes().names == [*names, "zebra", "<b>odd & name</b>"]
    app.text_input(key=f"name-{names[0]}").set_value("renamed").run()
    assert project.classes().names[0] == "renamed"
    app.text_input(key="name-renamed").set_value(names[1]).run()
    assert "twice" in said(app.error)
    assert project.classes().names[0] == "renamed"
    app.button(key="remove-renamed").click().run()
    assert project.classes().names == [*names[1:], "zebra", "<b>odd & name</b>"]
    assert not app.exception


def test_a_class_without_prompts_is_said_in_place(app: AppTest, project: Project) -> None:
    name = project.classes().names[0]
    types(app, name, "  ")
    assert not app.exception
    assert f"{name!r} has no prompts" in said(app.info)


def test_undo_brings_the_version_before_back(app: AppTest, project: Project) -> None:
    before = project.classes()
    assert app.button(key="prompts-undo").disabled
    app.text_input(key="new-classes").set_value("zebra").run()
    assert project.classes() != before
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert not app.exception


def test_undo_takes_back_the_last_keys_too_when_they_arrive_with_its_press(
    app: AppTest, project: Project
) -> None:
    before = project.classes()
    name = before.names[0]
    types(app, name, "a blue car")
    late = {"at": time.monotonic_ns(), "text": "a blue car by the sea"}
    app.session_state[f"prompts-{name}"] = {"edit": late}
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert [v.vocabulary.prompts()[name] for v in project.vocabulary_file.versions()][-1] == list(
        before.prompts()[name]
    )


def test_two_versions_are_compared_by_what_flips(app: AppTest, project: Project) -> None:
    names = project.classes().names
    pool = project.pool()
    project.labels.add([Event(pool.ids[n], names[0]) for n in range(5)], "ann", "test")
    app.button(key=f"remove-{names[0]}").click().run()
    app.segmented_control(key="prompts-view").set_value("Compare versions").run()
    assert not app.exception, [e.value for e in app.exception]
    shown = " ".join(m.value for m in app.markdown)
    assert "change their class" in shown
    app.button(key="version-restore").click().run()
    assert project.classes().names == names


def test_what_each_prompt_is_worth_is_shown(app: AppTest, project: Project) -> None:
    name = next(n for n, prompts in project.classes().classes if len(prompts) > 1)
    app.toggle(key=f"worth-{name}").set_value(True).run()
    assert not app.exception, [e.value for e in app.exception]
    assert sum("wins" in m.value for m in app.markdown) == len(project.classes().prompts()[name])


def test_names_that_suit_a_family_are_offered_its_templates(app: AppTest, project: Project) -> None:
    kept = project.classes()
    digits = vocabularies.from_names(["0", "1", "2"])
    project.vocabulary_file.save_classes(digits)
    app.run()
    assert project.classes() == digits  # offered, never applied unasked
    app.button(key="family-digits").click().run()
    assert project.classes().prompts()["2"][0] == "the digit two"
    app.button(key="prompts-undo").click().run()
    assert project.classes() in (digits, kept)
    assert not app.exception


def test_groups_that_no_class_explains_become_classes(app: AppTest, project: Project) -> None:
    before = project.classes().names
    app.segmented_control(key="prompts-view").set_value("Suggestions").run()
    until = time.monotonic() + 60
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    app.text_input(key="suggested-0").set_value("a new thing").run()
    app.button(key="suggest-add-0").click().run()
    assert project.classes().names == [*before, "a new thing"]
