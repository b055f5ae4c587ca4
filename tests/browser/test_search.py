"""Searching in a real Chromium: words, examples, filters, and a class for what is chosen."""

from __future__ import annotations

import re
import sqlite3

import pytest

pytestmark = pytest.mark.usefixtures("embedded")
SHOWN = "() => [...document.querySelectorAll('.ws-tile')].map(tile => tile.dataset.id)"
# Results that have come in full: the element is drawn at once, the line above it before.
CHANGED = f"before => {{ const now = ({SHOWN})(); return now.length && now.join() !== before; }}"


@pytest.fixture(autouse=True)
def opened(page, server, workspace) -> None:
    """The page as a new visitor sees it."""
    page.goto(f"{server[0]}/search?w={workspace().name}")
    page.get_by_role("searchbox", name="Search").wait_for()


def search(page, text: str) -> list[str]:
    """Ask for a text that gives other results than those shown; their image ids."""
    before = page.evaluate(SHOWN)
    field = page.get_by_role("searchbox", name="Search")
    field.fill(text)
    field.press("Enter")
    page.wait_for_function(CHANGED, arg=",".join(before))
    return page.evaluate(SHOWN)


def test_words_with_a_negative(page, picture) -> None:
    ships = search(page, "a ship")
    page.get_by_text(re.compile("images searched in")).wait_for()
    without = search(page, "a ship -drawing")
    assert len(set(ships)) == len(ships) > 20
    assert without != ships
    assert set(without[:24]) & set(ships[:24])
    picture("search")


def test_more_and_less_like_a_result_survive_a_reload_and_going_back(page) -> None:
    ids = search(page, "an animal")
    page.get_by_role("button", name="more like this").first.click()
    page.locator(".ws-example.like").wait_for()
    page.wait_for_function(f"id => !({SHOWN})().includes(id)", arg=ids[0])
    page.wait_for_url(re.compile(f"like={ids[0]}"))
    one = page.evaluate(SHOWN)
    page.get_by_role("button", name="not like this").last.click()
    page.locator(".ws-example.unlike").wait_for()
    page.wait_for_url(re.compile("unlike="))
    page.reload()
    page.locator(".ws-example.unlike").wait_for()
    assert page.locator(".ws-example.like").count() == 1
    page.go_back()
    page.locator(".ws-example.unlike").wait_for(state="detached")
    page.wait_for_function(f"ids => ({SHOWN})().join() === ids", arg=",".join(one))
    page.get_by_role("button", name="take out the example").click()
    page.locator(".ws-example").wait_for(state="detached")
    page.wait_for_function(f"ids => ({SHOWN})().join() === ids", arg=",".join(ids))
    assert "like=" not in page.url


def test_a_filter_narrows_the_results_and_stands_in_the_address(page, server) -> None:
    every = search(page, "a plant")
    page.get_by_role("button", name="Filters").click()
    field = page.get_by_role("textbox", name="Conditions")
    field.fill("width>=100000")
    field.press("Enter")
    page.get_by_text("No image fits").wait_for()
    field.fill("path~moon")
    field.press("Enter")
    page.wait_for_function(f"most => {{ const n = ({SHOWN})().length; return n && n < most; }}",
                           arg=len(every))  # fmt: skip
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("search-where=path"))
    some = page.evaluate(SHOWN)
    page.goto(page.url)
    page.wait_for_function(f"ids => ({SHOWN})().join() === ids", arg=",".join(some))
    page.goto(f"{server[0]}/search?q=%3Cb%3Ebold&like=../../etc,{'0' * 32}&search-least=x")
    page.locator(".ws-tile").first.wait_for()
    assert page.locator(".ws-example").count() == 0


def test_results_are_chosen_and_given_a_class(page, picture, workspace) -> None:
    ids = search(page, "a musical instrument")
    for index in (0, 2):
        page.locator(".ws-tile > button").nth(index).click()
    page.get_by_role("button", name="Label 2", exact=True).wait_for()
    page.get_by_role("combobox", name="Class for the chosen images").click()
    page.get_by_role("option", name="musical instrument").click()
    picture("search-chosen")
    page.get_by_role("button", name="Label 2", exact=True).click()
    page.get_by_text("2 images labeled musical instrument; saved.").wait_for()
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        query = "SELECT image_id, class FROM events WHERE undone_by IS NULL"
        stored = labels.execute(query).fetchall()
    assert sorted(stored) == sorted((ids[i], "musical instrument") for i in (0, 2))
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="detached")
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        assert labels.execute(query).fetchall() == []


def test_the_link_can_be_copied(page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    search(page, "a bird")
    page.wait_for_url(re.compile("q=a"))
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url
