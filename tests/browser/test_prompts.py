"""The prompt workbench in a real Chromium: the preview follows the keys."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("embedded")
COUNTS = (
    "() => [...document.querySelectorAll('p')].map(p => p.innerText)"
    ".filter(t => /takes .* images/.test(t)).join()"
)

OPEN = "() => document.querySelector('.wc-open[aria-current]')?.dataset.name"


def test_the_preview_follows_while_somebody_types(page, go, picture) -> None:
    go("Prompts")
    field = page.get_by_label(re.compile("^Prompts of")).first
    page.locator("p", has_text=re.compile("takes .* images")).first.wait_for()
    before = page.evaluate(COUNTS)
    field.press("End")
    field.type(" in front of the sea")
    page.wait_for_function(f"before => ({COUNTS})() !== before", arg=before)
    assert field.input_value().endswith("in front of the sea")  # nothing taken from the cursor
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"before => ({COUNTS})() === before", arg=before)
    picture("prompts-undone")


PASTE = """(field, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const options = { clipboardData: data, bubbles: true, cancelable: true };
    return field.dispatchEvent(new ClipboardEvent("paste", options));
}"""


def test_a_list_from_a_table_is_pasted_as_names(page, go) -> None:
    go("Prompts")
    field = page.get_by_role("textbox", name="Add classes")
    field.focus()
    assert not field.evaluate(PASTE, "scarf\r\nwinter coat\n\n belt\n")  # taken care of
    assert field.input_value() == "scarf, winter coat, belt"
    field.press("Enter")
    page.locator(".wn-strip-line span", has_text=re.compile(r"^13\s*classes")).wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator(".wn-strip-line span", has_text=re.compile(r"^10\s*classes")).wait_for()
    assert field.evaluate(PASTE, "one line")  # left to the browser


def opened(page, name: str) -> None:
    """Wait until a class is the open one, in the table and beside it."""
    page.wait_for_function(f"name => ({OPEN})() === name", arg=name)
    page.get_by_label(f"Prompts of {name}, one a line").wait_for()


def test_a_class_is_found_and_opened_without_the_mouse(page, go, picture) -> None:
    go("Prompts")
    page.locator(".wc-open").first.wait_for()
    names = page.evaluate(
        "() => [...document.querySelectorAll('.wc-open')].map(b => b.dataset.name)"
    )
    assert len(names) == 10
    find = page.get_by_label("Find a class by name")
    find.focus()
    page.keyboard.type(names[7].upper()[:4])
    page.keyboard.press("Enter")
    opened(page, names[7])
    assert find.input_value() == ""  # all classes are there again
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    opened(page, names[2])
    page.keyboard.type("z")  # typing in the table goes back to the field
    assert find.input_value() == "z"
    page.keyboard.type("zzzz")
    page.get_by_text("No class is called “zzzzz”.").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".wc-open").count() == 10
    picture("prompts-table")


def test_the_columns_sort_the_view_and_not_the_classes(page, go) -> None:
    go("Prompts")
    page.locator(".wc-open").first.wait_for()
    read = (
        "() => [...document.querySelectorAll('.wc tbody tr')]"
        ".map(r => parseInt(r.children[1].firstChild.textContent.replace(/,/g, '')))"
    )
    page.get_by_role("button", name="Images", exact=True).click()
    counts = page.evaluate(read)
    assert counts == sorted(counts, reverse=True) and sum(counts) > 0
    page.get_by_role("button", name=re.compile("^Images")).click()
    assert page.evaluate(read) == sorted(counts)


def test_what_is_typed_last_is_kept_when_another_class_is_opened_at_once(page, go) -> None:
    go("Prompts")
    rows = page.locator(".wc-open")
    rows.first.wait_for()
    first, second = (rows.nth(n).get_attribute("data-name") for n in (0, 1))
    rows.nth(0).click()
    opened(page, first)
    field = page.get_by_label(f"Prompts of {first}, one a line")
    field.press("End")
    field.type(" typed last")
    rows.nth(1).click()
    opened(page, second)
    rows.nth(0).click()
    opened(page, first)
    page.wait_for_function(
        "name => document.querySelector(`[aria-label^='Prompts of ${name}']`)"
        "?.value.includes(' typed last')",
        arg=first,
    )
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(
        "name => !document.querySelector(`[aria-label^='Prompts of ${name}']`)"
        "?.value.includes(' typed last')",
        arg=first,
    )


def test_the_page_fits_a_phone(page, go, picture) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        page.goto(page.url)
        rows = page.locator(".wc-open")
        rows.first.wait_for()
        rows.nth(3).click()
        opened(page, rows.nth(3).get_attribute("data-name"))
        page.wait_for_function(
            "() => document.querySelector('[class*=\"st-key-class-\"]')"
            ".getBoundingClientRect().top < innerHeight / 2"
        )
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        picture("prompts-phone")
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_only_the_images_that_flip_are_compared(page, go, picture) -> None:
    go("Prompts")
    page.get_by_text("Compare versions").click()
    page.get_by_text(re.compile("change their class|The two are the same")).first.wait_for()
    picture("prompts-compared")
