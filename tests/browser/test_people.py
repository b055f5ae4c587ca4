"""Several people in a real Chromium: a name asked once, and the way for others to come in."""

from __future__ import annotations

import re

import pytest
from browser.screens import STILL

from core.store.labels.sqlite import LabelStore
from core.store.people.people_file import read_people

pytestmark = pytest.mark.usefixtures("embedded")


def test_the_browser_remembers_the_name(page, server, go, picture, workspace) -> None:
    field = page.get_by_role("textbox", name="Your name")
    field.fill("Anna Ö.")
    field.press("Enter")
    page.wait_for_function("() => localStorage.getItem('winnow:person') === 'Anna Ö.'")
    page.goto(f"{server[0]}/label?w={workspace().name}")
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stSidebar] input[aria-label=\"Your name\"]')"
        "?.value === 'Anna Ö.'"
    )
    # The first request brings the name along: nothing is sent that would draw the page once more.
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert cookies["winnow_person"] == "Anna%20%C3%96."
    page.get_by_text(re.compile("^0 of .* labeled")).wait_for()
    page.keyboard.press("1")
    page.get_by_text(re.compile("^1 of .* labeled")).wait_for()
    (label,) = LabelStore(workspace() / "labels.sqlite").current().values()
    assert label.annotator == "Anna Ö."
    picture("people")


def test_share_says_the_command(page, go, picture, server) -> None:
    go("Export")
    page.get_by_role("button", name="Share").click()
    code = page.get_by_test_id("stCode").filter(has_text="--address 0.0.0.0")
    code.wait_for()
    said = code.inner_text()
    assert said.startswith("winnow app ") and "sample_data" in said
    assert f"--port {server[0].rsplit(':', 1)[1]}" in said
    page.get_by_text("Only this computer reaches Winnow now.").wait_for()
    picture("share")


def test_people_are_listed_and_what_they_did_is_seen(page, go, picture, workspace) -> None:
    go("Data")
    page.wait_for_function(STILL)
    page.get_by_text("People", exact=True).click()
    part = page.locator(".st-key-people")
    part.get_by_role("button", name="Add or change").click()
    part.get_by_text(re.compile("^Anna Ö. owns: does everything")).wait_for()
    part.get_by_role("radio", name="Who did what").click()
    part.get_by_role("button", name="Download the log").scroll_into_view_if_needed()
    picture("people-log")
    part.get_by_role("radio", name="Labels an hour").click()
    part.locator(".js-plotly-plot .point").first.wait_for(state="attached")
    part.get_by_test_id("stDataFrame").last.scroll_into_view_if_needed()
    picture("people-hours")
    part.get_by_role("radio", name="Agreement").click()
    part.get_by_text(re.compile("No image has answers of two people yet")).wait_for()
    people = read_people(workspace())
    assert people is not None and people.owners == ["Anna Ö."]
