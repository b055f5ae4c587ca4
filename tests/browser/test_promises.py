"""Promises in a real Chromium: what is missing leads to Label, a folder is signed page by page."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("embedded")


def choose(page, field: str, option: str) -> None:
    page.get_by_role("combobox", name=field, exact=True).click()
    page.get_by_role("option", name=option).click()


def test_what_is_missing_for_a_promise_is_asked_for_as_random_images(page, go, picture) -> None:
    go("Export")
    choose(page, "Promise", "A share right of all that is sorted")
    page.get_by_role("spinbutton", name="At least % right").fill("60")
    page.get_by_role("spinbutton", name="At least % right").press("Enter")
    missing = page.get_by_role("button", name=re.compile(r"Label \d+ random images"))
    page.get_by_text("60 % right cannot be promised").first.wait_for()
    missing.wait_for()
    picture("promise-missing")
    page.get_by_role("combobox", name="Classes of which few may be missed").click()
    page.get_by_role("option", name="animal").click()
    page.keyboard.press("Escape")
    page.get_by_text("That 90 % of “animal” are found cannot be promised yet").first.wait_for()
    picture("promise-recall-missing")
    missing.wait_for()
    missing.click()
    page.get_by_role("heading", name="Label", exact=True).wait_for()
    page.get_by_role("button", name="Options").click()
    way = page.get_by_role("combobox", name="Which image next")
    way.wait_for()
    assert way.input_value() == "Random ones, to measure and to promise"
    page.keyboard.press("Escape")


def test_a_folder_is_signed_and_exported_as_signed(page, go, picture) -> None:
    go("Export")
    choose(page, "Promise", "A share right in each folder, signed")
    page.get_by_text("No folder is signed yet").first.wait_for()
    picture("promise-folders")
    page.get_by_role("button", name="Sign it").click()
    page.get_by_role("heading", name="Label", exact=True).wait_for()
    level = page.get_by_role("spinbutton", name="At least % right")
    level.fill("80")
    level.press("Enter")
    page.get_by_role("button", name="Begin").click()
    confirm = page.get_by_role("button", name=re.compile("Confirm .* as animal"))
    signed = page.get_by_text(re.compile(r"Signed: at least 80 % of"))
    confirm.wait_for()
    picture("signing-begun")
    confirm.click()  # 24 right ones, of which 14 would do
    signed.wait_for()
    page.get_by_role("button", name="Undo").click()  # the last page comes back, and is done again
    page.get_by_text(re.compile("more right ones sign it at 80 %")).first.wait_for()
    confirm.click()
    signed.wait_for()
    picture("signing-signed")
    go("Export")
    choose(page, "Promise", "A share right in each folder, signed")
    page.get_by_text(re.compile("The folder “animal” is signed at 80 %")).first.wait_for()
    picture("promise-signed")
    choose(page, "Promise", "The cheapest decisions, by prices")
    page.get_by_text("Sorted by prices").first.wait_for()
    picture("promise-prices")


def test_a_folder_stays_the_one_that_is_signed_whatever_is_wrong_in_it(page, go) -> None:
    go("Label")
    page.get_by_role("radio", name="Sign a folder").click()
    choose(page, "Folder", re.compile("^plant"))
    page.get_by_role("button", name="Begin").click()
    confirm = page.get_by_role("button", name=re.compile("Confirm .* as plant"))
    confirm.wait_for()
    page.locator(".wg-tile").nth(1).click()
    page.get_by_role("button", name=re.compile("Confirm .* as plant")).click()
    page.get_by_text(re.compile("looked at, 1 of them wrong")).wait_for()
    field = page.get_by_role("combobox", name="Folder", exact=True)
    assert field.input_value().startswith("plant · ")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text(re.compile("0 looked at, 0 of them wrong")).wait_for()
    assert field.input_value().startswith("plant · ")


def test_the_grid_stays_at_the_class_that_was_chosen(page, go) -> None:
    go("Label")
    page.get_by_role("radio", name="Grid of exceptions").click()
    choose(page, "Predicted class", re.compile("^vehicle"))
    field = page.get_by_role("combobox", name="Predicted class", exact=True)
    before = field.input_value()
    assert before.startswith("vehicle · ")
    page.get_by_text("All vehicle?").wait_for()
    page.locator(".wg-tile").nth(1).click()
    page.get_by_role("button", name=re.compile("Confirm .* as vehicle")).click()
    page.get_by_text(re.compile("confirmed as vehicle")).wait_for()
    page.wait_for_function(
        "before => document.querySelector('.st-key-grid-class input').value !== before", arg=before
    )
    assert field.input_value().startswith("vehicle · ")
