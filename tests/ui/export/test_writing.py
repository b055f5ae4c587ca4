"""The Export page: free names, only what is new, why it cannot be pressed, whose success it is."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest
from drawn import numbers_on
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store import questions
from core.store.labels.base import Event
from core.ui.export.destination import free
from core.ui.session import host

DONE = "images written to"


def visit(app: AppTest) -> AppTest:
    app.run()
    app.session_state["command-open"] = True  # unfolded
    app.switch_page("../../../pages/export.py").run()
    return settled(app)


def settled(app: AppTest) -> AppTest:
    """Wait for fits and writing, then draw the page as it is."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        while host.shared.board.running() and time.monotonic() < until:
            time.sleep(0.05)
        app.run()
        assert not app.exception, [error.value for error in app.exception]
        if any(button.key == "write" for button in app.button):
            return app
        time.sleep(0.2)
    raise AssertionError("the page never settled")


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def out(app: AppTest) -> Path:
    return Path(app.text_input(key="export-out").value)


def write(app: AppTest) -> AppTest:
    assert not app.button(key="write").disabled, texts(app)
    app.button(key="write").click().run()
    return settled(app)


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where exports are proposed."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_a_free_name_is_proposed_again_and_again(app: AppTest, at_home: Path) -> None:
    name = f"pictures-sorted-{datetime.now():%Y%m%d}"
    (at_home / name).mkdir()
    (at_home / f"{name}-2").symlink_to("nowhere")
    visit(app)
    assert out(app) == at_home / f"{name}-3"
    write(app)
    assert (at_home / f"{name}-3" / "manifest.json").is_file()
    assert out(app) == at_home / f"{name}-4" and DONE in texts(app)
    assert not app.button(key="write").disabled
    assert f"The last export of this question: {name}-3" in texts(app)


def test_a_name_of_ones_own_stays_until_it_is_written(app: AppTest, at_home: Path) -> None:
    visit(app)
    app.text_input(key="export-out").set_value(str(at_home / "mine")).run()
    app.toggle(key="export-verify").set_value(True).run()
    app.switch_page("../../../pages/search.py").run()
    app.switch_page("../../../pages/export.py").run()
    settled(app)
    assert out(app) == at_home / "mine"
    write(app)
    assert (at_home / "mine" / "manifest.json").is_file()
    assert out(app) == at_home / "mine-2"


def test_the_success_of_another_plan_is_never_shown(
    app: AppTest, project: Project, at_home: Path
) -> None:
    write(visit(app))
    assert DONE in texts(app)
    app.toggle(key="export-review").set_value(True).run()
    assert DONE not in texts(settled(app))
    app.toggle(key="export-review").set_value(False).run()
    assert DONE in texts(settled(app))  # that very plan was written
    project.labels.add([Event(project.pool().ids[0], project.classes().names[0])], "ann", "t")
    assert DONE not in texts(settled(app))


def test_only_what_is_new_is_written_and_then_there_is_nothing(
    app: AppTest, project: Project, at_home: Path
) -> None:
    visit(app)
    assert app.toggle(key="export-only-new").disabled
    app.toggle(key="export-review").set_value(True).run()
    settled(app)
    review = int(dict(numbers_on(app))["For review"])
    assert 0 < review < 60
    write(app)
    first = at_home / f"pictures-sorted-{datetime.now():%Y%m%d}"
    app.toggle(key="export-review").set_value(False).run()
    app.toggle(key="export-only-new").set_value(True).run()
    settled(app)
    assert out(app).name.startswith("pictures-new-")
    assert app.button(key="write").label == f"Write {review} images"
    assert dict(numbers_on(app))["To write"] == str(review)
    assert f"Only what is new since the export {first.name}" in texts(app)
    assert "--only-new" in "\n".join(code.value for code in app.code)
    second = out(app)
    write(app)
    content = json.loads((second / "manifest.json").read_text())
    assert len(content["files"]) == review
    assert content["options"]["delta"]["since"] == first.name
    assert DONE in texts(app) and f"Nothing is new since the export {second.name}" in texts(app)
    assert app.button(key="write").disabled


def test_why_it_cannot_be_pressed_is_said(app: AppTest, project: Project, at_home: Path) -> None:
    visit(app)
    taken = at_home / "taken"
    taken.mkdir()
    (taken / "x").write_text("mine")
    for typed, why in [
        ("", "Name a folder to write."),
        (str(taken), "not empty"),
        (str(project.workspace.images / "inside"), "inside the image folder"),
    ]:
        app.text_input(key="export-out").set_value(typed).run()
        settled(app)
        assert app.button(key="write").disabled and why in texts(app)
    app.multiselect(key="export-formats").set_value([]).run()
    assert app.button(key="write-later").disabled
    assert "No format is chosen" in texts(app) and "cannot be carried out" in texts(app)


def test_a_damaged_record_closes_only_the_export_of_what_is_new(
    app: AppTest, project: Project, at_home: Path
) -> None:
    write(visit(app))
    [record] = project.workspace.runs.glob("*/manifest.json")
    record.write_text("{")
    app.toggle(key="export-only-new").set_value(True).run()
    assert not app.exception
    assert "export everything, or take" in texts(app)
    assert app.button(key="write-later").disabled
    app.toggle(key="export-only-new").set_value(False).run()
    assert not settled(app).button(key="write").disabled


def test_a_free_name_gets_the_next_number(tmp_path: Path) -> None:
    assert free(tmp_path / "a") == tmp_path / "a"
    for name in ("a", "a-2", "a-3"):
        (tmp_path / name).mkdir()
    assert free(tmp_path / "a") == tmp_path / "a-4"


def test_labels_of_other_questions_are_a_choice_where_there_are_others(
    app: AppTest, project: Project, at_home: Path
) -> None:
    visit(app)
    assert not [box for box in app.multiselect if box.key == "export-questions"]
    other = questions.add(project.workspace.root, "Is it red?")
    store = Project(project.workspace.asking(other.slug)).labels
    ids = project.pool().ids
    store.add([Event(ids[0], "red")], "ann", "test")
    visit(app)
    app.multiselect(key="export-questions").set_value(["is_it_red"]).run()
    settled(app)
    assert "--with-question 'Is it red?'" in "".join(code.value for code in app.code)
    # A label that comes later is in what is written, and ends the success of what lacks it.
    store.add([Event(ids[1], "blue")], "ann", "test")
    app.run()
    written = out(app)
    write(app)
    assert DONE in texts(app)
    files = json.loads((written / "manifest.json").read_text())["files"]
    labels = {entry["id"]: entry["questions"]["is_it_red"] for entry in files}
    assert (labels[ids[0]], labels[ids[1]], labels[ids[2]]) == ("red", "blue", None)
    store.add([Event(ids[2], "red")], "ann", "test")
    app.run()
    assert DONE not in texts(app)
