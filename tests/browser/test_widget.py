"""The feedback widget and the documentation of `winnow serve` in a real browser."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from api.serving import TOKEN, Running, coloured, free_port, model_of, running
from browser.conftest import FLAGS, watch_requests

from core.api.settings import Settings
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary

HOSTILE = '<img src=x onerror="window.hurt=1">'
CLASSES = Vocabulary.of(
    {HOSTILE: ["red"], "</script><script>window.hurt=2</script>": ["green"], "'\"&amp;": ["blue"]}
)


@dataclass
class Place:
    """A server with hostile names, the page of a shop at another origin, and the workspace."""

    served: Running
    shop: str
    project: Project
    picture: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("widget")
    project = coloured(folder, classes=CLASSES)
    file = model_of(project, folder / "colours.winnow")
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    settings = Settings(origins=(shop,))
    with running([file], settings, project=project) as served:
        (folder / "shop").mkdir()
        (folder / "shop/index.html").write_text(
            f'<!doctype html><title>Shop</title><div data-winnow data-server="{served.url}" '
            f'data-token="{TOKEN}"></div><script src="{served.url}/widget.js"></script>'
        )
        handler = partial(_Quiet, directory=str(folder / "shop"))
        pages = ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield Place(served, shop, project, folder / "pictures/p0000.jpg")
        pages.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def page(browser: Any, place: Place) -> Iterator[Any]:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.problems = errors
    yield page
    assert page.evaluate("window.hurt") is None
    page.close()
    assert errors == []


def events(project: Project) -> list[tuple[Any, ...]]:
    with sqlite3.connect(project.workspace.labels) as connection:
        return connection.execute(
            "SELECT kind, class, source FROM events WHERE source LIKE 'feedback%' ORDER BY seq"
        ).fetchall()


def test_right_is_stored_once_and_names_stay_text(page: Any, place: Place) -> None:
    watch_requests(page, place.served.url, page.problems)
    page.goto(f"{place.served.url}/widget?token={TOKEN}")
    before = len(events(place.project))
    page.get_by_label("Picture").set_input_files(place.picture)
    page.get_by_text("This is").wait_for()
    assert HOSTILE in page.get_by_text("This is").inner_text()
    page.get_by_role("button", name="Right").click()
    page.get_by_text("that is stored").wait_for()
    assert events(place.project)[before:] == [("label", HOSTILE, "feedback:colours")]


def test_wrong_asks_what_it_is_instead(page: Any, place: Place) -> None:
    page.goto(f"{place.served.url}/widget?token={TOKEN}")
    before = len(events(place.project))
    page.get_by_label("Picture").set_input_files(place.picture)
    page.get_by_role("button", name="Wrong").click()
    choices = page.get_by_label("What is it instead?")
    choices.wait_for()
    names = [option.inner_text() for option in choices.locator("option").all()]
    assert names == ["I do not know", *(name for name in CLASSES.names if name != HOSTILE)]
    choices.select_option(label="'\"&amp;")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("that is stored").wait_for()
    assert events(place.project)[before:] == [("label", "'\"&amp;", "feedback:colours")]


def test_a_shop_of_another_origin_can_paste_it(page: Any, place: Place) -> None:
    page.goto(place.shop)
    before = len(events(place.project))
    page.get_by_label("Picture").set_input_files(place.picture)
    page.get_by_role("button", name="Wrong").click()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("that is stored").wait_for()
    assert events(place.project)[before:] == [("unsure", None, "feedback:colours")]


def test_what_goes_wrong_is_said(page: Any, place: Place, tmp_path: Path) -> None:
    page.goto(f"{place.served.url}/widget?token={TOKEN}")
    (tmp_path / "a.jpg").write_bytes(b"<script>")
    page.get_by_label("Picture").set_input_files(tmp_path / "a.jpg")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "cannot be used" in alert.inner_text()


def test_the_documentation_lists_every_route(page: Any, place: Place) -> None:
    watch_requests(page, place.served.url, page.problems)
    page.goto(f"{place.served.url}/docs?token={TOKEN}")
    page.get_by_role("heading", name="POST /v1/classify").wait_for()
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    for route in ("POST /v1/search", "POST /v1/feedback", "GET /v1/model", "GET /metrics"):
        assert route in headings
