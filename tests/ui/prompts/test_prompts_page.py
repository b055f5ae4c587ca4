"""The Prompts page: every edit is saved and seen, and can be taken back."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.prompts import writing
from core.prompts.vocabulary import Vocabulary
from core.services.prompts.workbench import bench
from core.store.labels.base import Event
from core.ui.prompts import refining
from core.ui.session import fitting, host


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


def opened(app: AppTest, name: str) -> None:
    """What the browser part of the table sends when a class is chosen there."""
    app.session_state["open-class"] = name
    app.run()


def test_editing_a_prompt_changes_the_preview(app: AppTest, project: Project) -> None:
    before = [h.value for h in app.html if "takes" in h.value]
    assert len(before) == 1  # the open class only, however many there are
    name = project.classes().names[0]
    types(app, name, "a blue car\na red truck")
    assert not app.exception
    after = [h.value for h in app.html if "takes" in h.value]
    assert project.classes().prompts()[name] == ["a blue car", "a red truck"]
    assert after != before


def test_adding_renaming_and_removing_a_class(app: AppTest, project: Project) -> None:
    names = project.classes().names
    app.text_input(key=f"name-{names[0]}").set_value("renamed").run()
    assert project.classes().names[0] == "renamed"
    app.text_input(key="name-renamed").set_value(names[1]).run()
    assert "twice" in said(app.error)
    assert project.classes().names[0] == "renamed"
    app.button(key="remove-renamed").click().run()
    assert project.classes().names == names[1:]
    app.text_input(key="new-classes").set_value("zebra, <b>odd & name</b>, zebra").run()
    assert project.classes().names == [*names[1:], "zebra", "<b>odd & name</b>"]
    assert app.text_input(key="name-zebra").value == "zebra"  # what was added is open
    opened(app, "<b>odd & name</b>")
    assert app.text_input(key="name-<b>odd & name</b>").value == "<b>odd & name</b>"
    opened(app, "no such class")
    assert app.text_input(key=f"name-{names[1]}").value == names[1]
    assert not app.exception


def label_some(app: AppTest, project: Project, name: str, count: int = 5) -> list[str]:
    ids = list(project.pool().ids[:count])
    project.labels.add([Event(i, name) for i in ids], "ann", "test")
    rerun(app)
    return ids


def test_a_class_with_labels_is_removed_after_a_question_and_comes_back(
    app: AppTest, project: Project
) -> None:
    before, name = project.classes(), project.classes().names[0]
    ids = label_some(app, project, name)
    app.button(key=f"remove-{name}").click().run()
    assert project.classes() == before
    assert f"5 images are labeled **{name}**" in texts(app)
    app.button(key="prompts-no").click().run()
    assert project.classes() == before and "5 images are labeled" not in texts(app)
    app.button(key=f"remove-{name}").click().run()
    app.button(key="prompts-yes").click().run()
    assert project.classes().names == before.names[1:]
    assert app.text_input(key=f"name-{before.names[1]}").value == before.names[1]
    snapshot = project.snapshot()
    assert not snapshot.is_answered[snapshot.pool.rows_of(ids)].any()
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert project.labels.classes() == dict.fromkeys(ids, name)
    assert (project.snapshot().human >= 0).sum() == 5
    assert not app.exception


def test_a_file_that_drops_labeled_classes_asks_first(app: AppTest, project: Project) -> None:
    before = project.classes()
    first, second = before.names[:2]
    label_some(app, project, first)
    text = writing.dump(Vocabulary(before.classes[2:]))
    app.file_uploader(key="prompts-file").upload("other.yaml", text.encode(), "text/yaml").run()
    assert project.classes() == before
    shown = texts(app).replace("\\", "")
    assert f"other.yaml has no class **{first}** (5)" in shown and f"**{second}**" not in shown
    app.button(key="prompts-yes").click().run()
    assert project.classes().names == before.names[2:]
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert set(project.labels.classes().values()) == {first}
    assert not app.exception


def test_classes_are_merged_on_the_page(app: AppTest, project: Project) -> None:
    before = project.classes()
    first, second = before.names[:2]
    ids = label_some(app, project, second)
    app.button(key=f"merge-{first}").click().run()
    assert app.button(key=f"merge-now-{first}").disabled
    app.multiselect(key=f"merge-with-{first}").set_value([second]).run()
    app.text_input(key=f"merge-into-{first}").set_value("both").run()
    app.button(key=f"merge-now-{first}").click().run()
    assert project.classes().names == ["both", *before.names[2:]]
    assert project.labels.classes() == dict.fromkeys(ids, "both")
    assert app.text_input(key="name-both").value == "both"
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert project.labels.classes() == dict.fromkeys(ids, second)
    assert not app.exception


def test_a_class_is_split_with_the_pictures_that_were_looked_at(
    app: AppTest, project: Project
) -> None:
    before, name = project.classes(), project.classes().names[0]
    snapshot = project.snapshot()
    ids = [snapshot.pool.ids[row] for row in snapshot.audit_order[5:15].tolist()]
    project.labels.add([Event(i, name) for i in ids], "ann", "test")
    rerun(app)
    app.button(key=f"split-{name}").click().run()
    field = app.text_area(key=f"split-into-{name}")
    field.set_value("one part").run()
    assert "at least two" in texts(app) and app.button(key=f"split-now-{name}").disabled
    field.set_value("one part: a red one; a blue one\n\nother part").run()
    assert "10 images are labeled" in texts(app)
    app.toggle(key=f"split-look-{name}").set_value(True).run()
    assert app.button(key=f"split-now-{name}").label == "Split and label 10"
    number = next(n for n in (0, 1) if f"split-{name}-{n}-shown" in app.session_state)
    page, pictures = next(iter(app.session_state[f"split-{name}-{number}-shown"].items()))
    wrong = {"out": {"page": page, "ids": [pictures[0]]}}
    app.session_state[f"split-{name}-{number}-grid"] = wrong
    rerun(app)
    app.button(key=f"split-now-{name}").click().run()
    after = project.classes()
    assert after.names == ["one part", "other part", *before.names[1:]]
    assert after.prompts()["one part"] == ["a red one", "a blue one"]
    assert after.prompts()["other part"][0].startswith("a photo of")
    labels = dict(project.labels.classes())
    assert labels.pop(pictures[0]) == name  # is asked again
    assert set(labels.values()) <= {"one part", "other part"} and len(labels) == 9
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
    assert project.labels.classes() == dict.fromkeys(ids, name)
    assert not app.exception


def test_classes_are_put_into_another_order(app: AppTest, project: Project) -> None:
    names = project.classes().names
    app.number_input(key=f"place-{names[0]}").set_value(3).run()
    assert project.classes().names == [names[1], names[2], names[0], *names[3:]]
    opened(app, names[0])
    assert app.number_input(key=f"place-{names[0]}").value == 3
    app.button(key="order-name").click().run()
    assert project.classes().names == sorted(names, key=str.casefold)
    app.button(key="order-count").click().run()
    counts = [of.count for of in bench(project.snapshot()).figures]
    assert counts == sorted(counts, reverse=True)
    for _ in range(3):
        app.button(key="prompts-undo").click().run()
    assert project.classes().names == names
    assert not app.exception


def test_two_classes_are_both_open(app: AppTest, project: Project) -> None:
    project.vocabulary_file.save_classes(vocabularies.from_names(["packaged", "unpackaged"]))
    app.run()
    assert sum("takes" in h.value for h in app.html) == 2
    assert not app.exception


@pytest.mark.parametrize("count", [0, 1, 43])
def test_any_number_of_classes_is_drawn(app: AppTest, project: Project, count: int) -> None:
    classes = {f"class {n} " + "long " * (n % 30): [f"a thing {n}"] for n in range(count)}
    project.vocabulary_file.save_classes(Vocabulary.of(classes))
    app.run()
    assert not app.exception and not app.error
    assert sum("takes" in h.value for h in app.html) == (1 if count > 1 else 0)
    fields = [field for field in app.text_input if str(field.key).startswith("name-")]
    assert len(fields) == min(count, 1)


def test_a_small_collection_is_not_refined(app: AppTest) -> None:
    app.segmented_control(key="prompts-view").set_value("Refinement").run()
    assert "needs at least 100 images; here are 60" in texts(app)
    assert not app.exception


def test_what_takes_long_to_refine_is_worked_out_behind(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refining, "MINIMUM_IMAGES", 10)
    app.segmented_control(key="prompts-view").set_value("Refinement").run()
    at_once = [line for line in texts(app).splitlines() if "images change their class" in line]
    assert len(at_once) == 1  # no progress: it is there
    preview, asked = refining.preview_refinement, threading.Event()

    def slow(*arguments: Any) -> Any:
        assert asked.wait(60)
        return preview(*arguments)

    monkeypatch.setattr(refining, "_LONG", 0)
    monkeypatch.setattr(refining, "preview_refinement", slow)
    app.run()
    assert "images change their class" not in texts(app)
    assert not app.exception
    asked.set()
    while host.shared.board.running():
        time.sleep(0.05)
    app.run()
    assert at_once[0] in texts(app)


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
    app.run()
    app.button(key=f"remove-{names[0]}").click().run()
    app.button(key="prompts-yes").click().run()
    app.segmented_control(key="prompts-view").set_value("Compare versions").run()
    assert not app.exception, [e.value for e in app.exception]
    shown = " ".join(m.value for m in app.markdown)
    assert "change their class" in shown
    app.button(key="version-restore").click().run()
    assert project.classes().names == names


def test_versions_of_very_many_classes_are_compared_behind(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = project.classes().names[0]
    project.update_classes(lambda classes: classes.of({**classes.prompts(), name: ["a hat"]}))
    monkeypatch.setattr(fitting, "VERY_LONG", 1)
    app.segmented_control(key="prompts-view").set_value("Compare versions").run()
    while host.shared.board.running():
        time.sleep(0.05)
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    behind = texts(app)
    assert "change their class" in behind
    monkeypatch.setattr(fitting, "VERY_LONG", 10**9)
    app.run()
    (one, other) = (
        [line for line in text.splitlines() if "change their class" in line]
        for text in (behind, texts(app))
    )
    assert one == other


def test_what_each_prompt_is_worth_is_shown(app: AppTest, project: Project) -> None:
    name = next(n for n, prompts in project.classes().classes if len(prompts) > 1)
    opened(app, name)
    app.toggle(key=f"worth-{name}").set_value(True).run()
    assert not app.exception, [e.value for e in app.exception]
    prompts = project.classes().prompts()[name]
    assert sum(f"brings {name} **" in m.value for m in app.markdown) == len(prompts)
    assert sum("too few to say which is better" in c.value for c in app.caption) == 1
    snapshot = project.snapshot()
    random = [snapshot.pool.ids[row] for row in snapshot.audit_order[:40]]
    project.labels.add([Event(i, name) for i in random], "ann", "test")
    app.run()
    judged = [c.value for c in app.caption if "Of 40 random images" in c.value]
    assert len(judged) == len(prompts) and all("with it" in text for text in judged)


def test_only_random_images_say_which_version_is_better(app: AppTest, project: Project) -> None:
    """Asked for by the queue, labels favour whatever is changed: they are no measure."""
    snapshot = project.snapshot()
    name, ids = snapshot.names[0], snapshot.pool.ids
    asked = [ids[row] for row in snapshot.audit_order[1:]]
    project.labels.add([Event(i, name) for i in asked], "ann", "queue")
    types(app, name, "nothing like it\na thing that is not there")
    app.segmented_control(key="prompts-view").set_value("Compare versions").run()
    shown = " ".join(m.value for m in app.markdown)
    assert "**0** random images" in shown and "too few" in shown and "Better" not in shown
    project.labels.add([Event(ids[snapshot.audit_order[0]], name)], "ann", "audit")
    app.run()
    shown = " ".join(m.value for m in app.markdown)
    assert "Of 60 random images" in shown and "too few" not in shown


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


def test_classes_that_labels_name_are_offered(app: AppTest, project: Project) -> None:
    pool, before = project.pool(), project.classes()
    project.labels.add(
        [Event(pool.ids[n], ("a <b>ladder", "stool", "stool")[n]) for n in range(3)],
        "ann",
        "import",
    )
    app.run()
    assert "no class here, and do not count yet: stool (2), a" in texts(app)
    app.button(key="add-labeled").click().run()
    assert not app.exception, [e.value for e in app.exception]
    assert project.classes().names == [*before.names, "stool", "a <b>ladder"]
    assert "do not count yet" not in texts(app)
    app.button(key="prompts-undo").click().run()
    assert project.classes() == before
