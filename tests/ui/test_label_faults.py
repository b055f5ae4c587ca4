"""A label file that refuses: every page says so in a sentence, answers wait, trying again works."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hosts import new_host
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.project import vocabulary_file
from core.project.project import Project
from core.runtime.errors import StorageError
from core.services.prompts.restructuring import rename_class
from core.services.tags.tagging import rename_tag
from core.store.labels import opening
from core.store.labels.base import Event, TagEvent
from core.tags.edits import GENERAL
from core.ui.session import host
from core.ui.shared import label_bar

ENTRY = Path(__file__).parents[2] / "core/ui/shell/app.py"
PAGES = ["data", "prompts", "clusters", "search", "tags", "label", "metrics", "export"]


def on(app: AppTest, page: str) -> AppTest:
    app.run()
    app.switch_page(f"../../../pages/{page}.py").run()
    return ok(app)


def ok(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def sentences(app: AppTest) -> str:
    return "\n".join(str(e.value).replace("\\", "") for e in [*app.error, *app.warning])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits seconds for another program here."""
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    monkeypatch.setattr(vocabulary_file, "PATIENCE", 0.05)


@contextlib.contextmanager
def locked(project: Project, how: str = "IMMEDIATE") -> Iterator[None]:
    """Another program writes to the label file, or (EXCLUSIVE) holds it alone."""
    path = project.workspace.labels
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        if how == "EXCLUSIVE":
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute(f"BEGIN {how}")
        yield


@contextlib.contextmanager
def vocabulary_locked(project: Project) -> Iterator[None]:
    """Another program writes the vocabulary file and does not end."""
    path = project.workspace.vocabulary
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def damage(project: Project) -> None:
    path = project.workspace.labels
    content = bytearray(path.read_bytes())
    content[: len(content) // 2] = b"x" * (len(content) // 2)
    path.write_bytes(bytes(content))


def remove(project: Project) -> None:
    project.workspace.labels.unlink()


@pytest.mark.parametrize("fault", [damage, remove])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_traceback(app: AppTest, project: Project, page: str, fault) -> None:
    project.labels.add([Event(project.pool().ids[0], "cat")], "ann", "test")
    on(app, page)
    fault(project)
    ok(app.run())
    text = sentences(app)
    assert "labels.sqlite" in text
    assert "backup" in text
    # A server that is started now says the same.
    host.shared = new_host(first=project.workspace.root)
    other = AppTest.from_file(str(ENTRY), default_timeout=60)
    other.run()
    other.switch_page(f"../../../pages/{page}.py").run()
    assert "labels.sqlite" in sentences(ok(other)) or fault is remove


def test_answers_wait_until_the_file_can_be_written(app: AppTest, project: Project) -> None:
    on(app, "label")
    queue, name = app.session_state["queue"].ids, project.classes().names[0]
    log = [{"seq": 1, "id": queue[0], "kind": "label", "label": name, "target": None}]
    app.session_state["labeler"] = {"log": sending(log)}
    with locked(project):
        ok(app.run())
    assert "labeler-stored" not in app.session_state
    assert project.labels.classes() == {}
    again = sending(log)
    app.session_state["labeler"] = {"log": again}
    ok(app.run())
    assert app.session_state["labeler-stored"]["sending"] == again["sending"]
    assert project.labels.classes() == {queue[0]: name}


def test_the_desk_stays_while_the_file_cannot_even_be_read(app: AppTest, project: Project) -> None:
    on(app, "label")
    drawn = app.session_state["labeler-drawn"]
    with locked(project, "EXCLUSIVE"):
        ok(app.run())
    assert app.session_state["labeler-drawn"] == drawn
    ok(app.run())


def test_what_was_answered_for_a_server_before_is_stored_once(
    app: AppTest, project: Project
) -> None:
    """The browser of a server that was started anew sends what it has, under its old name."""
    on(app, "label")
    queue, name = app.session_state["queue"].ids, project.classes().names[0]
    gone = "ab" * 16  # an image that has left the folder since
    log = [
        {"seq": n, "id": i, "kind": "label", "label": name, "target": None, "by": "ann",
         "session": "another"}
        for n, i in enumerate((queue[0], gone), 1)
    ]  # fmt: skip
    for _ in range(3):
        host.shared = new_host(first=project.workspace.root)
        fresh = AppTest.from_file(str(ENTRY), default_timeout=60)
        on(fresh, "label")
        fresh.session_state["labeler"] = {"log": sending(log, client="d" * 32)}
        ok(fresh.run())
    assert project.labels.version()[0] == 2
    assert {i: label.annotator for i, label in project.labels.current().items()} == {
        queue[0]: "ann",
        gone: "ann",
    }


def test_answers_of_another_workspace_are_not_taken(app: AppTest, project: Project) -> None:
    on(app, "label")
    image = app.session_state["queue"].ids[0]
    log = sending([{"seq": 1, "id": image, "kind": "label", "label": "cat", "target": None}])
    app.session_state["labeler"] = {"log": log | {"workspace": "another"}}
    ok(app.run())
    assert project.labels.classes() == {}


def test_hostile_answers_harm_nothing(app: AppTest, project: Project) -> None:
    on(app, "label")
    image, name = app.session_state["queue"].ids[0], project.classes().names[0]
    good = {"seq": 9, "id": image, "kind": "label", "label": name, "target": None}
    bad = [
        good | change
        for n, change in enumerate(
            [{"label": None}, {"label": ""}, {"label": "\ud800"}, {"label": "x" * 9_999},
             {"label": 7}, {"label": ["a"]}, {"kind": "clear"}, {"kind": None}, {"kind": ["label"]},
             {"target": "1"}, {"batch": 1.5}, {"kind": "undo"}, {"seq": 2**70}, {"by": "\udc00"},
             {"client": "'; DROP TABLE events; --"}, {"client": 7}, {"id": "' OR 1=1"}]
        )
    ]  # fmt: skip
    app.session_state["labeler"] = {"log": sending([*bad, good])}
    ok(app.run())
    assert project.labels.classes() == {image: name}


def test_tag_answers_wait_too(app: AppTest, project: Project) -> None:
    project.vocabulary_file.save_tags(GENERAL)
    on(app, "tags")
    code, image = GENERAL.codes[0], project.pool().ids[3]
    log = [{"seq": 1, "id": image, "tag": code, "value": True, "batch": 1}]
    app.session_state["tags-pictures"] = {"log": sending(log)}
    with locked(project):
        ok(app.run())
    assert project.tag_labels.current() == {}
    app.session_state["tags-pictures"] = {"log": sending(log)}
    ok(app.run())
    assert project.tag_labels.current() == {code: {image: True}}
    with locked(project):
        ok(app.button(key="tags-undo-answers").click().run())
    assert "locked by another program" in sentences(app)
    ok(app.button(key="trouble-again").click().run())
    assert project.tag_labels.current() == {}
    assert sentences(app) == ""


def test_a_field_of_a_tag_keeps_what_could_not_be_saved(app: AppTest, project: Project) -> None:
    project.vocabulary_file.save_tags(GENERAL)
    on(app, "tags")
    code = app.session_state["tag"]
    with vocabulary_locked(project):
        ok(app.text_input(key=f"tag-description-{code}").set_value("a red balloon").run())
        ok(app.run())
        assert app.text_input(key=f"tag-description-{code}").value == "a red balloon"
        assert "is being written by somebody else" in sentences(app)
        ok(app.button(key="trouble-again").click().run())
        assert "is being written by somebody else" in sentences(app)
    ok(app.button(key="trouble-again").click().run())
    assert sentences(app) == ""
    assert project.vocabulary_file.tags()[code].description == "a red balloon"
    with vocabulary_locked(project):
        ok(app.number_input(key=f"tag-accept-{code}").set_value(0.75).run())
        assert app.number_input(key=f"tag-accept-{code}").value == 0.75
    ok(app.button(key="trouble-again").click().run())
    assert project.vocabulary_file.tags()[code].settings.accept == 0.75  # type: ignore[union-attr]
    assert project.workspace.vocabulary.exists()


def test_classes_that_could_not_be_added_or_renamed_stay_typed(
    app: AppTest, project: Project
) -> None:
    on(app, "prompts")
    names = project.classes().names
    project.labels.add([Event(project.pool().ids[0], names[0])], "ann", "test")
    with vocabulary_locked(project):
        ok(app.text_input(key="new-classes").set_value("zebra").run())
        assert app.text_input(key="new-classes").value == "zebra"
    ok(app.button(key="trouble-again").click().run())
    assert project.classes().names == [*names, "zebra"]
    assert app.text_input(key="new-classes").value == ""
    app.session_state["open-class"] = names[0]
    app.run()
    with locked(project):  # the labels of the class cannot be renamed, so the class is not
        ok(app.text_input(key=f"name-{names[0]}").set_value("renamed").run())
        assert app.text_input(key=f"name-{names[0]}").value == "renamed"
    assert project.classes().names == [*names, "zebra"]
    ok(app.button(key="trouble-again").click().run())
    assert project.classes().names == ["renamed", *names[1:], "zebra"]
    assert list(project.labels.classes().values()) == ["renamed"]


def test_prompts_that_could_not_be_saved_are_saved_when_they_come_again(
    app: AppTest, project: Project
) -> None:
    on(app, "prompts")
    name, key = project.classes().names[0], f"prompts-{project.classes().names[0]}"
    app.session_state[key] = {"edit": {"at": 1, "text": "a blue car"}}
    with vocabulary_locked(project):
        ok(app.run())
    assert project.classes().prompts()[name] != ["a blue car"]
    app.session_state[key] = {"edit": {"at": 2, "text": "a blue car"}}
    ok(app.run())
    assert project.classes().prompts()[name] == ["a blue car"]


def test_an_edit_made_for_a_server_before_does_not_take_back_what_came_since(
    app: AppTest, project: Project
) -> None:
    on(app, "prompts")
    name, key = project.classes().names[0], f"prompts-{project.classes().names[0]}"
    before = "\n".join(project.classes().prompts()[name])
    old = {"at": 5, "text": "an old text", "base": "what was there before", "session": "another"}
    app.session_state[key] = {"edit": old}
    ok(app.run())
    assert "\n".join(project.classes().prompts()[name]) == before
    app.session_state[key] = {"edit": old | {"at": 6, "base": before}}
    ok(app.run())
    assert project.classes().prompts()[name] == ["an old text"]


def test_a_rename_that_fails_half_way_leaves_labels_and_file_alike(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels are renamed, then the disk does not take the file."""
    names, image = project.classes().names, project.pool().ids[0]
    project.vocabulary_file.save_tags(GENERAL)
    code = GENERAL.codes[0]
    project.labels.add([Event(image, names[0])], "ann", "test")
    project.tag_labels.add([TagEvent(image, code, True)], "ann", "test")

    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(vocabulary_file, "write_atomic", full)
        with pytest.raises(StorageError):
            rename_class(project.vocabulary_file, project.labels, names[0], "new", "ann")
        with pytest.raises(StorageError):
            rename_tag(project.vocabulary_file, project.tag_labels, code, "new_tag", "ann")
    assert project.labels.classes() == {image: names[0]}
    assert project.tag_labels.current() == {code: {image: True}}
    rename_class(project.vocabulary_file, project.labels, names[0], "new", "ann")
    rename_tag(project.vocabulary_file, project.tag_labels, code, "new_tag", "ann")
    assert project.labels.classes() == {image: "new"}
    assert project.tag_labels.current()["new_tag"] == {image: True}
    assert project.classes().names[0] == "new"
    assert "new_tag" in project.vocabulary_file.tags().codes


def test_a_label_bar_tries_again(app: AppTest, project: Project) -> None:
    ids, name = project.pool().ids[:3], project.classes().names[0]
    on(app, "search")
    app.text_input[0].set_value(name).run()
    ok(app)
    batch = project.labels.add([Event(i, name) for i in ids], "ann", "test")
    app.session_state["label-batches"] = {"search": label_bar.Batch(batch, "3 labeled")}
    ok(app.run())
    with locked(project):
        ok(app.button(key="search-undo").click().run())
    assert "locked by another program" in sentences(app)
    assert len(project.labels.classes()) == 3
    ok(app.button(key="trouble-again").click().run())
    assert project.labels.classes() == {}
