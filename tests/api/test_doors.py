"""Who may ask a server of model files: method × route × token × origin × name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api.serving import TOKEN, Running, running

from core.api.settings import Settings

SHOP = "https://shop.example"
GUARDED = [
    ("GET", "/v1/models"), ("GET", "/v1/model"), ("GET", "/metrics"), ("GET", "/openapi.json"),
    ("GET", "/docs"), ("GET", "/widget"), ("GET", "/nothing"), ("POST", "/v1/classify"),
    ("POST", "/v1/search"), ("POST", "/v1/feedback"), ("GET", "/v1/feedback/classes"),
    ("PUT", "/v1/classify"), ("DELETE", "/"), ("OPTIONS", "/v1/classify"),
]  # fmt: skip
OTHERS = ["http://evil.example", "null", "", "http://127.0.0.1", f"{SHOP}.evil.example"]


@pytest.fixture(scope="module")
def shop(file: Path, project) -> Iterator[Running]:
    """A server that one other origin may ask."""
    with running([file], Settings(origins=(SHOP,)), project=project) as one:
        yield one


@pytest.fixture(scope="module")
def open_(file: Path) -> Iterator[Running]:
    """A server without a token."""
    with running([file], Settings(origins=(SHOP,)), token=None) as one:
        yield one


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN} ", f"{TOKEN}x"])
def test_without_the_token_nothing_is_answered(
    served: Running, method: str, path: str, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    reply = served.ask(method, path, b"" if method != "GET" else None, headers, token=None)
    if token == f"{TOKEN} ":  # white space around a header's value is none of it
        assert reply.status != 401
        return
    assert reply.status == 401, reply.body
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert "token" in reply.error


@pytest.mark.parametrize("header", [f"Basic {TOKEN}", f"bearer{TOKEN}", TOKEN, f"Token {TOKEN}"])
def test_only_a_bearer_header_opens(served: Running, header: str) -> None:
    assert served.get("/v1/models", headers={"Authorization": header}).status == 401


def test_the_token_in_an_address_opens_for_a_browser_alone(served: Running) -> None:
    visit = served.get(f"/docs?token={TOKEN}&a=b", token=None)
    assert visit.status == 303 and visit.headers["Location"] == "/docs?a=b"
    cookie = visit.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    with_cookie = {"Cookie": cookie.partition(";")[0]}
    assert served.get("/docs", token=None, headers=with_cookie).status == 200
    sent = served.ask("POST", f"/v1/classify?token={TOKEN}", b"x", token=None)
    assert sent.status == 401
    many = "&".join(["token=a"] * 30)
    assert served.get(f"/docs?{many}", token=None).status == 401


@pytest.mark.parametrize("origin", OTHERS)
def test_a_page_of_another_origin_has_the_cookie_for_nothing(served: Running, origin: str) -> None:
    cookie = served.get(f"/docs?token={TOKEN}", token=None).headers["Set-Cookie"]
    headers = {"Cookie": cookie.partition(";")[0], "Content-Type": "image/jpeg"}
    own = {**headers, "Origin": served.url}
    assert served.ask("POST", "/v1/classify", b"x", own, token=None).status == 422
    theirs = served.ask("POST", "/v1/classify", b"x", {**headers, "Origin": origin}, token=None)
    assert theirs.status == 403
    assert "Access-Control-Allow-Origin" not in theirs.headers
    site = {**headers, "Sec-Fetch-Site": "cross-site"}
    assert served.ask("POST", "/v1/classify", b"x", site, token=None).status == 403


def test_a_name_that_is_not_ours_is_refused_but_for_the_header(served: Running) -> None:
    cookie = served.get(f"/docs?token={TOKEN}", token=None).headers["Set-Cookie"]
    headers = {"Cookie": cookie.partition(";")[0], "Host": "evil.example"}
    assert served.get("/docs", token=None, headers=headers).status == 403
    assert served.get("/v1/models", headers={"Host": "sorter.internal"}).status == 200


def test_whether_it_lives_is_said_to_everybody(served: Running) -> None:
    for path in ("/health", "/ready"):
        assert served.get(path, token=None, headers={"Host": "10.0.0.7:8600"}).status == 200
        assert served.ask("POST", path, b"", token=None).status == 401


def test_an_origin_that_was_allowed_may_ask_with_the_header(shop: Running) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    before = shop.ask("OPTIONS", "/v1/classify", b"", asked, token=None)
    assert before.status == 204
    assert before.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Authorization" in before.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in before.headers
    reply = shop.get("/v1/models", headers={"Origin": SHOP})
    assert reply.status == 200 and reply.headers["Access-Control-Allow-Origin"] == SHOP
    assert shop.get("/v1/models", headers={"Origin": SHOP}, token=None).status == 401
    for origin in OTHERS:
        other = shop.ask("OPTIONS", "/v1/classify", b"", {**asked, "Origin": origin}, token=None)
        assert other.status == 403
        assert "Access-Control-Allow-Origin" not in other.headers
    assert shop.get("/widget.js", token=None).status == 200


def test_without_a_token_programs_and_own_pages_may_ask(open_: Running) -> None:
    jpeg = {"Content-Type": "image/jpeg"}
    assert open_.get("/v1/models", token=None).status == 200
    assert open_.ask("POST", "/v1/classify", b"x", jpeg, token=None).status == 422
    own = {**jpeg, "Origin": open_.url}
    assert open_.ask("POST", "/v1/classify", b"x", own, token=None).status == 422
    shop = {**jpeg, "Origin": SHOP}
    assert open_.ask("POST", "/v1/classify", b"x", shop, token=None).status == 422
    for origin in OTHERS:
        foreign = {**jpeg, "Origin": origin}
        assert open_.ask("POST", "/v1/classify", b"x", foreign, token=None).status == 403
    assert open_.get("/v1/models", token=None, headers={"Host": "evil.example"}).status == 403


def test_every_answer_keeps_others_out(served: Running) -> None:
    for path, token in (("/docs", TOKEN), ("/nothing", TOKEN), ("/docs", None), ("/health", None)):
        headers = served.get(path, token=token).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
