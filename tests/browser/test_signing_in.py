"""Signing in with OpenID Connect in a real Chromium: the account says the name and the role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import FLAGS, SHOWN, embed_images
from browser.screens import STILL
from hosts import TOKEN
from issuer import Issuer

from core.services.people import roles
from core.store.labels.sqlite import LabelStore
from core.store.workspace import load


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """A provider."""
    provider = Issuer()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def server_home(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which people have to sign in at the provider."""
    home = tmp_path_factory.mktemp("browser-home")
    (home / ".streamlit").mkdir()
    (home / ".streamlit/secrets.toml").write_text(issuer.secrets_toml())
    return home


@pytest.fixture(scope="module")
def page(issuer: Issuer, chromium: str, server: tuple[str, Path]) -> Iterator[Any]:
    """A browser page that may visit the provider too."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{server[0]}/?token={TOKEN}")
        SHOWN["page"] = page
        yield page
        del SHOWN["page"]
        browser.close()


def sign_in(page: Any, issuer: Issuer, **account: Any) -> None:
    issuer.account = account
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def signed_in_as(page: Any, name: str) -> None:
    """Wait for the name in the sidebar; what would be a link there has a sign that nobody sees."""
    page.wait_for_function(
        "name => document.querySelector('[data-testid=stSidebar]')?.innerText"
        "?.replace(/[\u200b\u2060]/g, '').includes(`Signed in as ${name}`)",
        arg=name,
    )


def test_people_are_who_they_sign_in_as(
    page: Any, issuer: Issuer, server: tuple[str, Path], workspace, picture
) -> None:
    page.get_by_text("Sign in to go on.").wait_for()
    assert not page.get_by_text("Model and embedding").count()
    picture("sign-in")
    sign_in(page, issuer, sub="1", email="Bo@Example.org", email_verified=True, name="Rea")
    assert {"/authorize", "/token", "/keys"} <= set(issuer.asked)
    # Only the address counts, whatever an account calls itself.
    signed_in_as(page, "bo@example.org")
    embed_images(page)
    at = load(workspace())
    for name, role, login in (
        ("Bo", "owns", "bo@example.org"),
        ("Rea", "reviews", ""),
        ("Ann", "labels", "ann@example.org"),
    ):
        roles.add(at, name, role, login)
    page.reload()
    signed_in_as(page, "Bo")
    page.wait_for_function(STILL)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to go on.").wait_for()

    # An address that nobody vouches for is none.
    sign_in(page, issuer, sub="9", email="bo@example.org", email_verified=False)
    signed_in_as(page, f"{issuer.url} 9")
    page.get_by_text("is not on the list of people").first.wait_for()
    page.wait_for_function(STILL)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to go on.").wait_for()

    sign_in(page, issuer, sub="2", email="ann@example.org", email_verified=True)
    page.goto(f"{server[0]}/label?w={workspace().name}")
    page.get_by_text(re.compile("^0 of .* labeled")).wait_for()
    page.keyboard.press("1")
    page.get_by_text(re.compile("^1 of .* labeled")).wait_for()
    (label,) = LabelStore(workspace() / "labels.sqlite").current().values()
    assert label.annotator == "Ann"
    page.goto(f"{server[0]}/export?w={workspace().name}")
    page.get_by_text("Ann labels here and cannot export: ask Bo, who can.").wait_for()
    picture("signed-in")
