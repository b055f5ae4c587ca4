"""The strip in a real Chromium: one line and one coloured button at every width; no frame."""

from __future__ import annotations

import re

import pytest
from browser.screens import DRAWN, STILL

pytestmark = pytest.mark.usefixtures("embedded")
PAGES = ("Data", "Prompts", "Clusters", "Search", "Tags", "Label", "Metrics", "Export")
COLOURED = "[data-testid^=stBaseButton-primary]:visible"
FRAME = """() => ['', '::before', '::after'].map(part => {
  const look = getComputedStyle(document.querySelector('.stMain'), part || null);
  return look.boxShadow + look.outlineStyle + look.borderStyle;
}).join(' ')"""


UNCOVERED = """() => {
  const line = document.querySelector('.wn-strip-line');  // drawn anew with its page
  const {x, y} = line?.getBoundingClientRect() ?? {x: -9, y: -9};
  return document.elementFromPoint(x + 8, y + 8)?.closest('.wn-strip-line') != null;
}"""


def box(page, selector: str) -> dict[str, float]:
    area = page.locator(selector).bounding_box()
    assert area is not None
    return area


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_one_coloured_button_at_most(page, go, name: str) -> None:
    go(name)
    page.locator(".wn-strip-line").wait_for()
    assert page.locator(COLOURED).count() <= 1


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (1920, 1080)])
def test_the_strip_is_one_line_and_nothing_covers_it(
    page, go, picture, width: int, height: int
) -> None:
    go("Export")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(UNCOVERED)  # on a phone the sidebar folds away
    page.wait_for_function(DRAWN)
    line, button = box(page, ".wn-strip-line"), box(page, ".st-key-strip button")
    assert line["height"] < 48
    assert abs(line["y"] + line["height"] / 2 - button["y"] - button["height"] / 2) < 10
    assert line["x"] + line["width"] <= button["x"] + 1
    assert button["x"] + button["width"] <= width
    # Every word can be read: nothing of the line is cut off, and the bar on top does not cover it.
    assert page.evaluate(
        "() => {const l = document.querySelector('.wn-strip-line');"
        "return l.scrollWidth <= l.clientWidth + 1}"
    )
    assert page.evaluate(UNCOVERED)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(f"strip-{width}")
    page.set_viewport_size({"width": 1440, "height": 1000})


def test_a_click_and_a_key_draw_no_frame_around_the_page(page, go) -> None:
    go("Metrics")
    page.wait_for_function(DRAWN)
    page.mouse.click(1420, 500)
    before = page.evaluate(FRAME)
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.activeElement.classList.contains('stMain')")
    assert page.evaluate(FRAME) == before
    assert "inset" not in before


def test_the_button_leads_to_the_next_step_and_the_address_stays(page, go) -> None:
    go("Export")
    page.get_by_role("button", name="Label images").click()
    page.get_by_role("heading", name="Label").wait_for()
    page.wait_for_url("**/label?**")
    page.wait_for_function(STILL)
    assert page.locator(".st-key-strip button").count() == 0


def test_a_press_in_the_menu_counts_whatever_an_element_sends_at_that_moment(page, go) -> None:
    go("Data")
    for name in ("Search", "Metrics", "Export", "Data"):
        page.wait_for_function(DRAWN)
        page.evaluate(
            "window.addEventListener('click', () => setTimeout(() => winnowWake()), {once: true})"
        )
        go(name)
        page.wait_for_function(DRAWN)
        assert page.locator("h1").first.inner_text() == name


def test_the_strip_counts_the_classes_as_they_are_added_and_taken_back(page, go) -> None:
    go("Prompts")
    page.locator(".wn-strip-line span", has_text=re.compile(r"^10\s*classes")).wait_for()
    field = page.get_by_role("textbox", name="Add classes")
    field.fill("scarf")
    field.press("Enter")
    page.locator(".wn-strip-line span", has_text=re.compile(r"^11\s*classes")).wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator(".wn-strip-line span", has_text=re.compile(r"^10\s*classes")).wait_for()
