"""The Prompts page: every edit is saved and seen, and can be taken back."""

from __future__ import annotations

import time

import pytest
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
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


@pytest.fixture
def suggested(app: AppTest) -> AppTest:
    """The page with its suggestions."""
    app.segmented_control(key="prompts-view").set_value("Suggestions").run()
    return searched(app)


def searched(app: AppTest) -> AppTest:
    until = time.monotonic() + 60
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    return rerun(app)


def alike(app: AppTest) -> tuple[int, str]:
    """The place of the first group that looks like a class, and the class."""
    for toggle in app.toggle:
        if str(toggle.key).startswith("suggest-look-"):
            return int(str(toggle.key).rsplit("-", 1)[1]), toggle.label.split(" ", 2)[2]
    raise AssertionError("no group looks like a class of the sample")


def test_groups_that_no_class_explains_become_classes(suggested: AppTest, project: Project) -> None:
    before = project.classes().names
    suggested.button(key="suggest-add-0").click().run()
    assert project.classes().names == before and "Type a name" in texts(suggested)
    suggested.text_input(key="suggested-0").set_value("a new thing").run()
    suggested.button(key="suggest-add-0").click().run()
    assert project.classes().names == [*before, "a new thing"]


def test_a_group_like_a_class_gives_it_a_prompt_and_takes_it_back(
    suggested: AppTest, project: Project
) -> None:
    number, name = alike(suggested)
    before = project.classes()
    assert f"They look like your class **{name}**" in texts(suggested)
    suggested.button(key=f"suggest-prompt-{number}").click().run()
    assert project.classes() == before and "Describe the images first" in texts(suggested)
    suggested.text_input(key=f"suggested-{number}").set_value("worn by many").run()
    suggested.button(key=f"suggest-prompt-{number}").click().run()
    assert project.classes().prompts()[name] == [*before.prompts()[name], "worn by many"]
    searched(suggested).button(key="suggest-prompt-undo").click().run()
    assert project.classes() == before
    assert "is a prompt of" not in texts(searched(suggested))


def test_a_group_like_a_class_is_labeled_less_what_is_left_out_and_undone(
    suggested: AppTest, project: Project
) -> None:
    number, name = alike(suggested)
    suggested.toggle(key=f"suggest-look-{number}").set_value(True).run()
    assert "Least probable first" in texts(suggested)
    page, ids = next(iter(suggested.session_state[f"suggest-picks-{number}-shown"].items()))
    suggested.session_state[f"suggest-picks-{number}-grid"] = {
        "out": {"page": page, "ids": [ids[0]]}
    }
    rerun(suggested)
    suggested.button(key=f"suggest-label-{number}").click().run()
    assert project.labels.classes() == dict.fromkeys(ids[1:], name)
    suggested.button(key="suggest-undo").click().run()
    assert project.labels.classes() == {}
    assert not suggested.exception


def test_classes_and_prompts_that_take_nothing_are_said(app: AppTest, project: Project) -> None:
    classes = dict(project.classes().classes)
    # What all classes are described by is nearest to no image.
    everything = [prompt for prompts in classes.values() for prompt in prompts]
    project.vocabulary_file.save_classes(Vocabulary.of(classes | {"all": everything}))
    app.segmented_control(key="prompts-view").set_value("Suggestions").run()
    assert "No image is predicted to be “all”" in texts(searched(app))


def test_a_file_that_cannot_be_used_is_repaired_on_the_page(app: AppTest, project: Project) -> None:
    file, names = project.vocabulary_file, project.classes().names
    file.path.write_text(file.text() + f"  {'n' * 300}: [x]\n")
    app.run()
    assert "300 characters, at most 200 fit" in said(app.error)
    app.switch_page("../../../pages/label.py").run()
    assert "300 characters" in said(app.error) and not app.exception
    app.switch_page("../../../pages/prompts.py").run()
    app.button(key="repair-leave-out").click().run()
    assert not app.exception and not app.error
    assert file.classes().names == names


def test_a_file_that_is_no_yaml_goes_back_or_is_corrected(app: AppTest, project: Project) -> None:
    file, names = project.vocabulary_file, project.classes().names
    good = file.text()
    file.save_classes(Vocabulary((*project.classes().classes, ("one more", ("x",)))))
    file.path.write_text("classes: [")
    app.run()
    app.text_area(key="repair-text").set_value("classes: 5")
    app.button(key="repair-save").click().run()
    assert "must be a list of names" in texts(app) and file.text() == "classes: ["
    app.button(key="repair-version").click().run()
    assert file.classes().names == [*names, "one more"]
    file.path.write_text("classes: [")
    app.run()
    app.text_area(key="repair-text").set_value(good)
    app.button(key="repair-save").click().run()
    assert file.classes().names == names and not app.error
