"""Labeling in a real Chromium: two people at once, a grid of exceptions, a reload in the middle."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hosts import TOKEN

pytestmark = pytest.mark.usefixtures("embedded")
READY = "() => document.querySelector('.wl')?.dataset.image"
SAVED = "() => document.querySelector('.wl')?.dataset.unsaved === '0'"
EACH = 60


def stored(folder: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(folder / "labels.sqlite") as labels:
        return labels.execute(
            "SELECT image_id, client FROM events WHERE undone_by IS NULL ORDER BY seq"
        ).fetchall()


def press(page, key: str) -> str:
    """Press a key once an image is shown, and wait for the next; returns the image it was for."""
    page.wait_for_function(READY)
    image = page.locator(".wl").get_attribute("data-image")
    page.keyboard.press(key)
    page.wait_for_function("id => document.querySelector('.wl')?.dataset.image !== id", arg=image)
    return image


def test_two_people_at_once_see_different_images_and_lose_none(page, go, workspace) -> None:
    go("Label")
    page.wait_for_function(READY)
    other = page.context.browser.new_page()
    other.goto(f"{page.url}{'&' if '?' in page.url else '?'}token={TOKEN}")
    shown: dict[object, list[str]] = {page: [], other: []}
    for n in range(EACH):
        for who in shown:
            shown[who].append(press(who, str(n % 9 + 1)))
    for who in shown:
        who.wait_for_function(SAVED)
    other.close()
    first, second = shown.values()
    assert len(set(first)) == len(set(second)) == EACH
    assert not set(first) & set(second)
    rows = stored(workspace())
    assert sorted(image for image, _ in rows) == sorted([*first, *second])
    assert len({client for _, client in rows}) == 2


def test_enter_answers_right_after_the_page_was_chosen(page, go, workspace) -> None:
    go("Data")
    go("Label")  # its link has the focus now
    said = []
    for _ in range(5):
        page.wait_for_function(READY)
        random = page.locator(".wl-audit").is_visible()  # for those nothing is suggested
        said.append(press(page, "2" if random else "Enter"))
    page.wait_for_function(SAVED)
    assert [image for image, _ in stored(workspace())][-5:] == said


def test_a_reload_loses_nothing_that_was_called_saved(page, go, workspace) -> None:
    go("Label")
    said = [press(page, "2") for _ in range(5)]
    page.wait_for_function(SAVED)
    page.reload()
    page.wait_for_function(READY)
    assert [image for image, _ in stored(workspace())][-5:] == said
    assert press(page, "3") not in said


def test_back_shows_the_image_again_and_a_new_answer_replaces_the_old(page, go, workspace) -> None:
    go("Label")
    image = press(page, "1")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("id => document.querySelector('.wl')?.dataset.image === id", arg=image)
    assert press(page, "2") == image
    page.wait_for_function(SAVED)
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        said = labels.execute(
            "SELECT class FROM events WHERE image_id = ? ORDER BY seq", (image,)
        ).fetchall()
    assert len(said) == 2
    assert said[0] != said[1]


def open_grid(page, go) -> None:
    """The grid, with several images on its page.

    A page stays as it was drawn, and the first may hold a single image of a class that has more
    once the labels are learned. A new session draws it anew.
    """
    for _ in range(5):
        go("Label")
        page.get_by_text("Grid of exceptions", exact=True).click()
        page.wait_for_function("() => document.querySelector('.wg')?.dataset.page")
        if page.locator(".wg-tile").count() > 1:
            return
        page.reload()
    raise AssertionError("no page of the grid has several images")


def test_a_page_of_alike_predictions_is_confirmed_but_for_the_wrong_ones(
    page, go, picture, workspace
) -> None:
    open_grid(page, go)
    before = len(stored(workspace()))
    tiles = page.locator(".wg-tile").count()
    while page.locator(".wg-stack").count():  # near-duplicates, answered as one
        page.locator(".wg-stack").first.click()
        tiles = page.locator(".wg-tile").count()
    page.locator(".wg-tile").nth(1).click()
    assert page.locator(".wg-tile.wrong").count() == 1
    picture("label-grid")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.wg')?.dataset.unsaved === '0'")
    assert len(stored(workspace())) == before + tiles - 1
    page.keyboard.press("z")
    page.wait_for_function("() => document.querySelector('.wg')?.dataset.unsaved === '0'")
    assert len(stored(workspace())) == before
