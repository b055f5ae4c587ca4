"""Streamlit's own files from memory, and pages that name early what they need."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_gzip_middleware import SelectiveGZipMiddleware
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)

from core.ui.shell import statics

PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Accept-Encoding": "gzip"}


def of(*middleware: Middleware) -> TestClient:
    zipped = Middleware(SelectiveGZipMiddleware, minimum_size=500)
    routes = create_streamlit_static_assets_routes("")
    return TestClient(Starlette(routes=routes, middleware=[*middleware, zipped]))


@pytest.fixture
def plain() -> TestClient:
    return of()


@pytest.fixture
def client() -> TestClient:
    return of(Middleware(statics.Statics))


def test_a_page_names_scripts_that_there_are_and_is_else_the_same(
    client: TestClient, plain: TestClient
) -> None:
    page, before = client.get("/clusters", headers=PAGE), plain.get("/clusters", headers=PAGE)
    assert int(page.headers["content-length"]) == len(page.content)
    assert page.text.replace(statics.hints(), "") == before.text
    named = re.findall(r'<link [^>]*href="\.(/static/[^"]+)"', statics.hints())
    assert any("BidiComponent." in name for name in named)
    for name in [*named, *statics.later()]:
        assert client.get(name).content == plain.get(name).content
    assert not set(named) & set(statics.later())
    assert any("PlotlyChart." in name for name in statics.later())


def test_files_are_what_streamlit_hands_out(client: TestClient, plain: TestClient) -> None:
    for name in (statics.later()[0], *statics._named("media", ("SourceSansVF-Upright",), "woff2")):
        for _ in range(2):  # read, then held
            own, before = client.get(name), plain.get(name)
            assert own.content == before.content
            for header in ("content-type", "cache-control"):
                assert own.headers[header] == before.headers[header]


def test_what_is_no_file_of_streamlits_is_passed_on(client: TestClient, plain: TestClient) -> None:
    for path in (
        "/static/js/../../index.html",
        "/static/js/nothing.js",
        "/static/js",
        "/favicon.png",
    ):
        own, before = client.get(path), plain.get(path)
        assert (own.status_code, own.content) == (before.status_code, before.content)
    assert client.head("/clusters", headers=PAGE).status_code == 200
    assert client.post("/clusters", headers=PAGE).status_code == 405


def test_background_work_waits_from_the_moment_that_a_page_is_asked_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(statics.quiet, "page_asked", lambda: asked.append("page"))
    client.get(statics.later()[0])
    assert not asked  # fetched while somebody looks at a page
    client.get("/clusters", headers=PAGE)
    assert asked == ["page"]
