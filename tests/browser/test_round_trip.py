"""Corrections of an export read back, disputes settled, the one-page report: in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser.screens import STILL

from core.project.project import Project
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("embedded")


def current(workspace: Path) -> list[str | None]:
    return [label.label for label in LabelStore(workspace / "labels.sqlite").current().values()]


def export_to(page, out: Path) -> None:
    field = page.get_by_role("textbox", name="New folder to write")
    field.fill(str(out))
    field.press("Enter")
    # The button writes where the page says, so the page must know of what was typed.
    page.wait_for_function(STILL)
    page.get_by_role("button", name=re.compile(r"Write \d+ images")).click()
    page.get_by_text(re.compile(r"images written to")).first.wait_for()


def test_a_corrected_export_is_read_back_and_undone(
    page, go, picture, workspace, tmp_path: Path
) -> None:
    go("Export")
    out = tmp_path / "sorted"
    export_to(page, out)
    first, second = [path for path in sorted(out.iterdir()) if path.is_dir()][:2]
    for path in sorted(first.iterdir())[:3]:
        path.rename(second / f"moved {path.name}")
    (out / "strange").mkdir()
    next(second.iterdir()).rename(out / "strange" / "a.jpg")
    page.get_by_text("Corrections: read a corrected export back").click()
    page.get_by_role("button", name="Read corrections").first.click()
    page.get_by_text(re.compile("labels stored as one batch")).wait_for()
    page.get_by_text(re.compile("No class is called like these folders: strange")).wait_for()
    picture("corrections")
    labels = current(workspace())
    assert labels and set(labels) == {second.name}
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="detached")
    assert current(workspace()) == []


def test_the_one_page_report_is_downloaded(page, go, picture) -> None:
    go("Export")
    for title, start in (("PDF", b"%PDF"), ("HTML", b"<!doctype html>")):
        page.wait_for_function(STILL)
        with page.expect_download() as got:
            page.get_by_role("button", name=title, exact=True).click()
        assert got.value.path().read_bytes().startswith(start)
    picture("one-page")


def test_disputes_are_settled_on_the_label_page(page, go, picture, workspace) -> None:
    project = Project.open(REPOSITORY / "sample_data", workspace())
    ids, names = project.pool().ids, project.classes().names
    for person, name in zip(("ann", "bob"), names, strict=False):
        project.labels.add([Event(image, name) for image in ids[:2]], person, "test")
    go("Label")
    page.get_by_text("Only where people disagree (2)").click()
    page.get_by_text(f"ann: {names[0]} · bob: {names[1]}").first.wait_for()
    picture("disputes")
    for _ in range(2):
        page.keyboard.press("1")
        page.wait_for_timeout(400)
    page.get_by_text("People agree on every image").wait_for()
    assert sum(label.conflict for label in project.labels.current().values()) == 2
    page.get_by_text("Only where people disagree").click()
    page.get_by_text("People agree on every image").wait_for(state="detached")
