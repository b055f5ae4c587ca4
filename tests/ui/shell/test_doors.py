"""The middleware around the app: names, origins, tokens and headers, on HTTP and WebSockets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.runtime.access import login
from core.runtime.access.addresses import Bound, allowed
from core.runtime.access.tokens import Tokens
from core.ui.shell.doors import Doors, inline_scripts

TOKEN = "a-token-of-some-length_0123"
HOME = "http://127.0.0.1:8501"
PAGE = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


async def inside(request: Request) -> Response:
    return PlainTextResponse("inside", headers={"Access-Control-Allow-Origin": "*"})


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


def client(tokens: Tokens | None = None, base: str = HOME, *allow: str) -> TestClient:
    extra = frozenset(origin for text in allow for origin in allowed(text, 8501))
    doors = Middleware(Doors, bound=Bound("127.0.0.1", 8501, extra=extra), tokens=tokens)
    routes = [
        WebSocketRoute("/{path:path}", stream),
        Route("/{path:path}", inside, methods=["GET", "PUT", "POST", "DELETE", "OPTIONS"]),
    ]
    app = Starlette(routes=routes, middleware=[doors])
    return TestClient(app, base_url=base, follow_redirects=False)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(TOKEN, 8501)


def test_the_address_with_the_token_opens_and_the_token_leaves_it(tokens: Tokens) -> None:
    browser = client(tokens)
    answer = browser.get(f"/label?w=3&token={TOKEN}&q=a%20b", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/label?w=3&q=a%20b"
    assert answer.headers["cache-control"] == "no-store"
    assert TOKEN not in str(answer.headers)
    assert browser.get("/label").text == "inside"
    # The same address once more, as from a bookmark; and an old one, which does no harm.
    assert browser.get(f"/?token={TOKEN}").headers["location"] == "/"
    assert browser.get("/?token=old").status_code == 303


def test_without_it_there_is_a_page_that_asks(tokens: Tokens) -> None:
    browser = client(tokens)
    answer = browser.get("/label?w=3", headers=PAGE)
    assert answer.status_code == 401
    assert login.ASKED in answer.text
    assert '<input type="hidden" name="w" value="3">' in answer.text
    assert "set-cookie" not in answer.headers
    assert browser.get("/thumb/a/b").text == login.ASKED  # a program gets a plain sentence
    wrong = browser.get("/label?token=wrong", headers=PAGE)
    assert wrong.status_code == 401
    assert login.WRONG in wrong.text
    assert "wrong" not in wrong.text


def test_a_token_opens_only_as_a_visit(tokens: Tokens) -> None:
    for method in ("PUT", "POST", "DELETE"):
        answer = client(tokens).request(method, f"/?token={TOKEN}", headers={"origin": HOME})
        assert answer.status_code == 401, method
        assert "set-cookie" not in answer.headers
    for path in (f"/{TOKEN}", f"/?tokens={TOKEN}", f"/#token={TOKEN}"):
        assert client(tokens).get(path).status_code == 401
    assert client(tokens).get("/", headers={"token": TOKEN}).status_code == 401
    assert client(tokens).get("/", headers={"cookie": f"token={TOKEN}"}).status_code == 401


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%5Cevil.example/", "/\\evil.example", "//evil.example/%2e%2e"]
)
def test_a_visit_never_leads_to_another_server(tokens: Tokens, path: str) -> None:
    answer = client(tokens).get(f"{HOME}{path}?token={TOKEN}")
    location = answer.headers["location"]
    assert re.match(r"/[^/\\]", unquote(location)), location


def test_a_link_on_another_site_is_asked_for_once_more_by_our_own_page(tokens: Tokens) -> None:
    browser = client(tokens)
    elsewhere = {**PAGE, "sec-fetch-site": "cross-site"}
    answer = browser.get("/label?w=3&q=<b>", headers=elsewhere)
    assert answer.status_code == 401
    assert '<meta http-equiv="refresh" content="0;url=/label?w=3&amp;q=%3Cb%3E">' in answer.text
    again = browser.get("/label?w=3", headers={**PAGE, "sec-fetch-site": "same-origin"})
    assert "refresh" not in again.text


@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=30))
def test_whatever_an_address_holds_is_written_as_text(path: str, word: str, query: bytes) -> None:
    page = login.page(f"/{path}", f"{word}=".encode("utf-8", "replace") + query, False, True)
    tags = re.findall(r"<\s*(\w+)", page)
    allowed_tags = {"html", "head", "meta", "title", "style", "body", "h1", "p", "form", "input"}
    assert set(tags) <= allowed_tags | {"label", "button"}
    assert "<script" not in page


def test_a_refused_name_is_written_as_text() -> None:
    answer = client().get("/", headers={**PAGE, "host": "<script>alert(1)</script>"})
    assert answer.status_code == 403
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("host", ["evil.example:8501", "127.0.0.1:8502", "127.0.0.1", "localhost"])
def test_another_name_is_refused_even_with_the_cookie(tokens: Tokens, host: str) -> None:
    browser = client(tokens)
    browser.get(f"/?token={TOKEN}")
    answer = browser.get("/", headers={"host": host, "cookie": f"{tokens.cookie}={tokens.worth}"})
    assert answer.status_code == 403
    assert "--allow-host" in answer.text


def test_two_names_at_once_are_refused() -> None:
    answer = client().get("/", headers=[("host", "127.0.0.1:8501"), ("host", "evil.example")])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:9999", "http://localhost:8501", "https://127.0.0.1:8501", "null", "",
        "http://evil.example", "http://127.0.0.1:8501.evil.example", "http://127.0.0.1",
        "http://127.0.0.1:8501/", "HTTP://127.0.0.1:8501", "http://user@127.0.0.1:8501",
        "http://127.0.0.1:8501, http://evil.example", "chrome-extension://abc", "file://",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS"])
def test_a_page_of_any_other_origin_is_refused(origin: str, method: str) -> None:
    answer = client().request(method, "/", headers={"origin": origin})
    assert answer.status_code == 403
    assert "not Winnow's" in answer.text
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_page_may_do_everything_and_a_program_may_look() -> None:
    own = client()
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert own.request(method, "/", headers={"origin": HOME}).text == "inside"
    assert own.get("/").text == "inside"
    for method in ("PUT", "POST", "DELETE", "OPTIONS"):
        assert own.request(method, "/").status_code == 403, method


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_another_page_may_link_here_but_take_nothing_in(site: str) -> None:
    own = client()
    assert own.get("/", headers={**PAGE, "sec-fetch-site": site}).text == "inside"
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe")):
        head = {"sec-fetch-mode": mode, "sec-fetch-dest": dest}
        assert own.get("/", headers={**head, "sec-fetch-site": site}).status_code == 403
        assert own.get("/", headers={**head, "sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "open_"),
    [
        ({"origin": HOME}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "http://localhost:8501"}, False),
        ({"origin": "https://127.0.0.1:8501"}, False),
        ({"origin": HOME, "host": "evil.example:8501"}, False),
        ({"origin": "http://evil.example:8501", "host": "evil.example:8501"}, False),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_websocket_passes_the_same_doors(
    tokens: Tokens, headers: dict[str, str], open_: bool, known: bool
) -> None:
    browser = client(tokens)
    headers = {"host": "127.0.0.1:8501", **headers}
    if known:
        headers = {**headers, "cookie": f"{tokens.cookie}={tokens.worth}"}
    if open_ and known:
        with browser.websocket_connect("/_stcore/stream", headers=headers) as socket:
            assert socket.receive_text() == "inside"
        return
    with (
        pytest.raises(WebSocketDisconnect),
        browser.websocket_connect(f"/_stcore/stream?token={TOKEN}", headers=headers),
    ):
        pass


def test_a_proxy_is_served_under_its_own_name() -> None:
    own = client(None, "https://photos.example", "https://photos.example")
    assert own.get("/").text == "inside"
    assert own.put("/", headers={"origin": "https://photos.example"}).text == "inside"
    assert own.put("/", headers={"origin": "http://photos.example"}).status_code == 403
    assert own.put("/", headers={"origin": HOME}).status_code == 403


def test_the_cookie_is_marked_where_the_way_is_encrypted(tokens: Tokens) -> None:
    own = client(tokens, "https://photos.example", "photos.example")
    assert own.get(f"/?token={TOKEN}").headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "evil.example"])
@pytest.mark.parametrize("path", ["/", f"/?token={TOKEN}", "/?token=x"])
def test_every_answer_keeps_others_out(tokens: Tokens, host: str, path: str) -> None:
    for answer in (client(tokens).get(path, headers={"host": host}), client().get(path)):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "*" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_the_policy_knows_the_scripts_of_streamlits_page() -> None:
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text("utf-8")
    assert len(re.findall("<script>", page)) == len(inline_scripts().split()) >= 1
