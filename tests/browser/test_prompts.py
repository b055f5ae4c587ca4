"""The prompt workbench in a real Chromium: the preview follows the keys."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("embedded")
COUNTS = (
    "() => [...document.querySelectorAll('p')].map(p => p.innerText)"
    ".filter(t => /takes .* images/.test(t)).join()"
)

ALL_SHOWN = (
    "() => [...document.querySelectorAll('p')].filter(p => /takes .* images/.test(p.innerText))"
    ".length === 10"
)


def test_the_preview_follows_while_somebody_types(page, go, picture) -> None:
    go("Prompts")
    field = page.get_by_label(re.compile("^Prompts of")).first
    page.get_by_text(re.compile("takes .* images")).first.wait_for()
    page.wait_for_function(ALL_SHOWN)
    before = page.evaluate(COUNTS)
    field.press("End")
    field.type(" in front of the sea")
    page.wait_for_function(f"before => ({COUNTS})() !== before", arg=before)
    assert field.input_value().endswith("in front of the sea")  # nothing taken from the cursor
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"before => ({COUNTS})() === before", arg=before)
    picture("prompts-undone")


def test_only_the_images_that_flip_are_compared(page, go, picture) -> None:
    go("Prompts")
    page.get_by_text("Compare versions").click()
    page.get_by_text(re.compile("change their class|The two are the same")).first.wait_for()
    picture("prompts-compared")
