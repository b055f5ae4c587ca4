"""The class for what is none of the others, in a real Chromium."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("embedded")


def test_one_switch_adds_it_with_its_newest_images_and_label_has_its_key(page, go, picture) -> None:
    go("Prompts")
    page.get_by_text("None of these", exact=True).first.click()
    page.get_by_text("Has no prompts").wait_for()
    page.get_by_text("not measured yet").wait_for()
    page.get_by_text("Least like any class, not labeled yet").wait_for()
    assert page.get_by_label("Class", exact=True).input_value() == "none of these"
    assert page.locator(".wc-open").count() == 11
    picture("none-class")
    field = page.get_by_label("Class", exact=True)
    field.fill("something else")
    field.press("Enter")
    page.locator(".wc-open[data-name='something else']").wait_for()
    page.get_by_text("None of these", exact=True).first.click()
    page.wait_for_function("() => document.querySelectorAll('.wc-open').length === 10")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("() => document.querySelectorAll('.wc-open').length === 11")
    go("Label")
    page.get_by_text(re.compile("something else")).first.wait_for()
    picture("none-class-label")
