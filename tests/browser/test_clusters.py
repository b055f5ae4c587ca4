"""The map in a real Chromium: it appears, a lasso selects what it encloses, labels are stored."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable

import pytest
from browser.screens import STILL
from hosts import TOKEN

TIP = ".wm-tip"


def drawn(page, before: str = "") -> str:
    """Wait until the map shows something other than ``before``; what that is."""
    page.wait_for_function(
        "before => (document.querySelector('.wm')?.dataset.drawn ?? before) !== before",
        arg=before,
        timeout=180_000,
    )
    return page.locator(".wm").get_attribute("data-drawn")


@pytest.fixture
def clusters(page, server, workspace, embedded) -> None:
    """The page Clusters in a new session: whatever was selected before is not."""
    page.mouse.move(0, 0)
    page.goto(f"{server[0]}/clusters?w={workspace().name}")
    drawn(page)


def drag_around(page, share: float) -> None:
    """A lasso around the middle of the map."""
    box = page.locator(".wm canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    w, h = share * box["width"] / 2, share * box["height"] / 2
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    page.mouse.move(x - w, y - h)
    page.mouse.down()
    for dx, dy in corners:
        page.mouse.move(x + dx * w, y + dy * h, steps=6)
        page.wait_for_timeout(30)
    page.mouse.up()


def test_the_map_appears_and_survives_leaving_the_page(page, go, picture, embedded) -> None:
    go("Clusters")
    page.get_by_text(re.compile("being computed|Colour by")).first.wait_for()
    go("Data")
    go("Clusters")
    drawn(page)
    page.locator(".wm canvas").evaluate("canvas => { canvas.dataset.mark = 'first'; }")
    go("Data")
    assert page.locator(".wm[data-drawn]").count() == 0
    go("Clusters")
    drawn(page)  # the very same, which was kept out of sight
    assert page.locator(".wm canvas").evaluate_all("all => all.map(c => c.dataset.mark)") == [
        "first"
    ]
    assert page.locator(".wm-value").count() == 10
    assert page.locator(".wc-card").count() > 3
    picture("clusters")


def test_a_lasso_selects_and_its_labels_are_stored(page, picture, workspace, clusters) -> None:
    before = drawn(page)
    drag_around(page, 0.9)
    head = page.get_by_text(re.compile(r"^\d+ selected$"))
    head.wait_for()
    drawn(page, before)
    count = int(head.inner_text().split()[0])
    assert count > 20
    page.wait_for_function(
        "n => document.querySelector('.wm-state').innerText.endsWith(`${n} selected`)", arg=count
    )
    first = page.locator(".wk button").first
    first.click()
    page.get_by_text(f"{count} selected, 1 left out").wait_for()
    picture("clusters-selected")
    page.get_by_role("combobox", name="Class for all of them").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name=f"Label {count - 1}").click()
    page.get_by_text(re.compile(rf"{count - 1} images labeled .*; saved")).first.wait_for()
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        stored = labels.execute("SELECT COUNT(*) FROM events WHERE undone_by IS NULL").fetchone()
    assert stored == (count - 1,)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="hidden")
    with sqlite3.connect(workspace() / "labels.sqlite") as labels:
        stored = labels.execute("SELECT COUNT(*) FROM events WHERE undone_by IS NULL").fetchone()
    assert stored == (0,)
    page.mouse.move(0, 0)  # else the tooltip of what moved below the pointer covers the button
    page.get_by_role("button", name="Clear", exact=True).click()
    head.wait_for(state="hidden")


def over_a_point(page) -> tuple[float, float]:
    """Rest with the pointer on a point of the map; where that is."""
    box = page.locator(".wm canvas").bounding_box()
    for step in range(200):
        across, down = step % 20, step // 20
        x = box["x"] + box["width"] * (0.1 + 0.04 * across)
        y = box["y"] + box["height"] * (0.1 + 0.08 * down)
        page.mouse.move(x, y)
        page.wait_for_timeout(40)
        if page.locator(TIP).is_visible():
            break
    page.wait_for_timeout(1500)  # the pointer rests: what is shown now belongs to its place
    assert page.locator(TIP).is_visible()
    return x, y


def test_a_lasso_that_ends_on_the_point_where_it_began_selects_what_it_encloses(
    page, clusters
) -> None:
    x, y = over_a_point(page)
    box = page.locator(".wm canvas").bounding_box()
    page.mouse.down()
    for across, down in [(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=6)
        page.wait_for_timeout(30)
    page.mouse.move(x, y, steps=6)
    page.wait_for_timeout(30)
    page.mouse.up()
    head = page.get_by_text(re.compile(r"^[\d,]+ selected$"))
    head.wait_for()
    page.wait_for_function(STILL)  # what a click that counted would have sent came before
    assert int(head.inner_text().split()[0].replace(",", "")) > 20


def test_pressing_a_point_selects_the_image_that_hovering_showed(page, clusters) -> None:
    over_a_point(page)
    shown = page.locator(f"{TIP} img").get_attribute("src")
    page.mouse.down()
    page.mouse.up()
    page.get_by_text(re.compile(r"^1 selected$")).wait_for()
    page.wait_for_function(
        "shown => [...document.querySelectorAll('.wk img')].map(i => i.getAttribute('src'))"
        ".join() === shown",
        arg=shown,
    )
    page.keyboard.press("Escape")
    page.get_by_text(re.compile(r"^1 selected$")).wait_for(state="hidden")


def test_the_legend_hides_and_isolates(page, clusters) -> None:
    state = page.locator(".wm-state")
    whole = state.inner_text()
    page.locator(".wm-value input").first.click()
    page.wait_for_function("() => document.querySelector('.wm-state').innerText.includes(' of ')")
    page.locator(".wm-value button").nth(1).click()
    count = page.locator(".wm-value .wm-count").nth(1).inner_text()
    page.wait_for_function(
        "n => document.querySelector('.wm-state').innerText.startsWith(`${n} of`)", arg=count
    )
    page.locator(".wm-value button").nth(1).click()
    page.wait_for_function(
        "text => document.querySelector('.wm-state').innerText === text", arg=whole
    )


def test_a_card_opens_its_cluster_with_the_keyboard(page, clusters) -> None:
    card = page.locator(".wc-card").first
    size = card.locator(".wc-size").inner_text()
    card.focus()
    page.keyboard.press("Enter")
    page.get_by_text(f"{size} selected", exact=True).first.wait_for()


def test_without_webgl_the_page_says_so_and_still_works(page, server, workspace, clusters) -> None:
    bare = page.context.browser.new_page(viewport={"width": 1440, "height": 1000})
    bare.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    bare.goto(f"{server[0]}/clusters?w={workspace().name}&token={TOKEN}")
    bare.get_by_text(re.compile("WebGL is switched off or missing")).wait_for()
    bare.locator(".wc-card").first.click()
    bare.locator(".wk img").first.wait_for()
    bare.close()


def at_rest(canvas) -> bytes:
    """A picture of the map once it moves no more."""
    pictures = [canvas.screenshot()]
    becomes(canvas, lambda now: pictures.append(now) or now == pictures[-2])
    return pictures[-1]


def becomes(canvas, wanted: Callable[[bytes], bool]) -> None:
    """Wait until the map looks as wanted."""
    until = time.monotonic() + 60
    while not wanted(canvas.screenshot()):
        assert time.monotonic() < until, "the map never looked as wanted"


def test_the_first_view_comes_back_from_any_other(page, clusters) -> None:
    canvas, bar = page.locator(".wm canvas"), page.get_by_role("toolbar", name="map tools")
    page.mouse.move(0, 0)
    first = at_rest(canvas)
    bar.get_by_role("button", name="Zoom in").click()
    becomes(canvas, lambda now: now != first)
    bar.get_by_role("button", name=re.compile("^Show all images")).click()
    bar.get_by_role("button", name=re.compile("^Show the bulk")).click()
    becomes(canvas, lambda now: now == first)
