"""Classes in groups in a real Chromium: dragged together, labeled by group, exported nested."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.prompts.vocabulary import read

pytestmark = pytest.mark.usefixtures("embedded")
ORDER = """() => [...document.querySelectorAll('.wc tbody tr')]
  .map((row) => row.dataset.group ?? row.dataset.name)"""
FREE = "() => document.querySelector('.wl')?.dataset.unsaved === '0'"


def groups(workspace: Callable[[], Path]) -> dict[str, str]:
    return read(workspace() / "vocabulary.yaml").above


def test_classes_are_grouped_by_choice_and_by_dragging(page: Any, go, picture, workspace) -> None:
    go("Prompts")
    page.locator(".wc-open").first.wait_for()
    names = page.evaluate(ORDER)
    page.get_by_role("button", name="Group", exact=True).click()
    field = page.get_by_role("combobox", name=f"{names[0]} stands in")
    field.fill("things to eat")
    field.press("Enter")
    page.locator("tr[data-group='things to eat']").wait_for()
    page.keyboard.press("Escape")
    page.locator(f"tr[data-name='{names[4]}']").drag_to(
        page.locator("tr[data-group='things to eat']")
    )
    page.wait_for_function(f"name => ({ORDER})()[2] === name", arg=names[4])
    assert groups(workspace) == dict.fromkeys((names[0], names[4]), "things to eat")
    picture("prompts-groups")
    page.locator("tr[data-group='things to eat'] button").click()  # closed: its classes are hidden
    page.wait_for_function(f"name => !({ORDER})().includes(name)", arg=names[4])
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"name => ({ORDER})().includes(name)", arg=names[4])
    assert groups(workspace) == {names[0]: "things to eat"}


def test_a_group_is_found_by_typing_and_is_a_label(page: Any, go, picture, workspace) -> None:
    go("Label")
    page.wait_for_function("() => document.querySelector('.wl')?.dataset.image")
    shown = page.locator(".wl").get_attribute("data-image")
    page.keyboard.press("/")
    for letter in "things":
        page.keyboard.press(letter)
    assert page.locator(".wf-row").first.locator(".wf-name").inner_text() == "things to eat"
    page.keyboard.press("Enter")
    page.wait_for_function("id => document.querySelector('.wl')?.dataset.image !== id", arg=shown)
    page.wait_for_function(FREE)
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        assert ("things to eat",) in labels.execute(
            "SELECT class FROM events WHERE image_id = ?", (shown,)
        ).fetchall()
    go("Export")
    page.get_by_text("Groups of classes are folders of folders").wait_for()
    picture("export-groups")
