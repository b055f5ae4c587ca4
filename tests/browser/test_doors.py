"""A real browser at the doors: the way in, and pages of others that try to get past them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hosts import TOKEN

# Tries everything that a page of another origin can try, and writes what came of it.
ATTACK = """<!doctype html><title>trying</title><script>
const base = "BASE", results = {};
const image = (path) => new Promise((done) => {
  const picture = new Image();
  picture.onload = () => done("loaded");
  picture.onerror = () => done("refused");
  picture.src = base + path;
});
const fetched = (path, options) => fetch(base + path, {credentials: "include", ...options})
  .then((answer) => answer.type === "opaque" ? "opaque" : answer.text(), () => "refused");
const socket = () => new Promise((done) => {
  const stream = new WebSocket(base.replace("http", "ws") + "/_stcore/stream", ["streamlit"]);
  stream.onopen = () => done("open");
  stream.onerror = () => done("refused");
});
const framed = () => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    let inside = "refused";
    try { inside = frame.contentDocument ? "refused" : "foreign" } catch { inside = "foreign" }
    done(inside);
  };
  frame.src = base + "/";
  document.body.append(frame);
});
addEventListener("load", async () => {
  results.image = await image("/favicon.png");
  results.read = await fetched("/_stcore/host-config");
  results.put = await fetched("/_stcore/upload_file/a/b", {method: "PUT", body: "x"});
  results.socket = await socket();
  await framed();
  document.title = "done";
  window.results = results;
});
</script><body><a id="link" href="BASE/label">a link</a></body>"""


@pytest.fixture
def elsewhere(server: tuple[str, Path]) -> Iterator[str]:
    """Another server of this machine, whose page attacks the app; the address without its host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ATTACK.replace("BASE", server[0]).encode())

        def log_message(self, *_: object) -> None: ...

    other = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    yield f"{other.server_port}/"
    other.shutdown()


@pytest.fixture
def stranger(page: Any) -> Iterator[Any]:
    """A browser window that has no cookie yet."""
    context = page.context.browser.new_context()
    yield context.new_page()
    context.close()


def test_the_token_leaves_the_address(page: Any, server: tuple[str, Path]) -> None:
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    assert TOKEN not in page.url
    assert page.evaluate("document.cookie").find("winnow") < 0
    page.reload()
    page.get_by_role("heading", name="Data", exact=True).wait_for()


def test_who_has_no_token_is_asked_for_it(stranger: Any, server: tuple[str, Path]) -> None:
    stranger.goto(f"{server[0]}/label?w=x")
    assert stranger.get_by_test_id("stApp").count() == 0
    field = stranger.get_by_label("Address or token")
    field.fill("wrong")
    stranger.get_by_role("button", name="Open").click()
    stranger.get_by_text("not the token of this server").wait_for()
    field.fill(f"{server[0]}/?token={TOKEN}")
    stranger.get_by_role("button", name="Open").click()
    stranger.get_by_test_id("stSidebarNav").wait_for()
    assert TOKEN not in stranger.url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_of_another_port_or_site_gets_nothing(
    stranger: Any, server: tuple[str, Path], elsewhere: str, host: str
) -> None:
    stranger.goto(f"{server[0]}/?token={TOKEN}")
    stranger.get_by_role("heading", name="Data", exact=True).wait_for()
    stranger.goto(f"http://{host}:{elsewhere}")
    stranger.wait_for_function("document.title === 'done'")
    results = stranger.evaluate("window.results")
    assert set(results.values()) == {"refused"}, results
    frames = [frame for frame in stranger.frames if frame != stranger.main_frame]
    assert all("Winnow" not in frame.content() for frame in frames)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_link_on_another_page_leads_in(
    stranger: Any, server: tuple[str, Path], elsewhere: str, host: str
) -> None:
    stranger.goto(f"{server[0]}/?token={TOKEN}")
    stranger.get_by_role("heading", name="Data", exact=True).wait_for()
    stranger.goto(f"http://{host}:{elsewhere}")
    stranger.locator("#link").click()
    stranger.get_by_test_id("stSidebarNav").wait_for()


def test_the_printed_address_works_from_a_link_of_another_site(
    stranger: Any, server: tuple[str, Path], elsewhere: str
) -> None:
    stranger.goto(f"http://127.0.0.1:{elsewhere}")
    stranger.evaluate(
        "address => { document.querySelector('#link').href = address }",
        f"{server[0]}/search?token={TOKEN}",
    )
    stranger.locator("#link").click()
    stranger.get_by_test_id("stSidebarNav").wait_for()
    assert TOKEN not in stranger.url
