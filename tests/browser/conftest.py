"""A real server on `sample_data` and a real Chromium, shared by the journeys of one module."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.screens import DRAWN, STILL
from hosts import TOKEN

REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = REPOSITORY / "artifacts"
CHROMIUM = os.environ.get("WINNOW_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SHOWN: dict[str, Any] = {}  # the page of the module, for the picture of a failing fixture
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that fails leaves a picture of what the page showed."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page") or SHOWN.get("page")
    if report.failed and page is not None and report.when != "teardown":
        ARTIFACTS.mkdir(exist_ok=True)
        with contextlib.suppress(Exception):  # the failure itself is what must be told
            page.screenshot(path=ARTIFACTS / f"failed-{item.name}.png", timeout=10_000)
            report.sections.append(("page", page.locator("body").inner_text(timeout=5_000)))
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        if os.environ.get("WINNOW_NEEDS_BROWSER"):
            pytest.fail("no Chromium found: install one or set WINNOW_CHROMIUM to its path")
        pytest.skip("no Chromium found; `make browser` needs one")
    return CHROMIUM


@pytest.fixture(scope="session")
def embedded_home(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a server in which the button on Data has embedded the sample; copy it."""
    home = tmp_path_factory.mktemp("embedded-home")
    with serving(home) as url, looking(chromium, url) as page:
        embed_images(page)
    return home


@pytest.fixture(scope="module")
def server_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a module's server; the sample is embedded there if the module's tests want it."""
    home = tmp_path_factory.mktemp("browser-home")
    tests = [item for item in request.session.items if item.path == request.path]
    if any("embedded" in getattr(item, "fixturenames", ()) for item in tests):
        prepared = request.getfixturevalue("embedded_home")
        shutil.copytree(prepared, home, dirs_exist_ok=True)
    return home


@contextlib.contextmanager
def serving(home: Path) -> Iterator[str]:
    """`winnow app sample_data` in a home of its own, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "WINNOW_TOKEN": TOKEN,
    }
    command = [
        str(Path(sys.executable).with_name("winnow")),
        "app",
        str(REPOSITORY / "sample_data"),
    ]
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        [*command, "--port", str(port), "--no-browser"],
        env=environment,
        cwd=home,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://localhost:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/?token={TOKEN}", timeout=2).close()
            break
        except urllib.error.HTTPError:  # it answers, and asks for the cookie that it has just set
            break
        except OSError:
            assert process.poll() is None, (home / "server.log").read_text()
            assert time.monotonic() < deadline, "the server did not answer in 60 s"
            time.sleep(0.2)
    yield url
    process.terminate()
    process.wait(20)
    log.close()
    said = (home / "server.log").read_text()
    assert "Traceback" not in said, said
    assert "deprecated" not in said.lower(), said


@contextlib.contextmanager
def looking(chromium: str, url: str) -> Iterator[Any]:
    """A browser page at an address, opened with the token.

    An error in its scripts fails; so does a request to anybody but the server, and whatever the
    browser did not do because the server's policy forbids it.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        watch_requests(page, url, errors)
        page.goto(f"{url}/?token={TOKEN}")
        yield page
        browser.close()
        assert errors == []


@pytest.fixture(scope="module")
def server(chromium: str, server_home: Path) -> Iterator[tuple[str, Path]]:
    """The server of a module's tests: its address and home."""
    with serving(server_home) as url:
        yield url, server_home


@pytest.fixture(scope="module")
def page(chromium: str, server: tuple[str, Path]) -> Iterator[Any]:
    """The page of a module's tests."""
    with looking(chromium, server[0]) as page:
        SHOWN["page"] = page
        yield page
        del SHOWN["page"]


def watch_requests(page: Any, url: str, problems: list[str]) -> None:
    """Note what a page asks of others, and what its policy kept it from."""
    own = (f"{url}/", url.replace("http", "ws", 1) + "/", "data:", "blob:", "about:")

    def asked(kind: str, address: str) -> None:
        if not address.startswith(own):
            problems.append(f"{kind} to {address}")

    def written(message: Any) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    page.on("request", lambda request: asked("request", request.url))
    page.on("websocket", lambda socket: asked("websocket", socket.url))
    page.on("console", written)


def embed_images(page: Any) -> None:
    """Press the button and wait for the end; the page is drawn anew when its scan has ended."""
    page.get_by_text(re.compile("The folder holds")).wait_for()
    page.wait_for_function(STILL)
    page.get_by_role("button", name="Embed the images").click()
    page.get_by_text(re.compile(r"images ready")).wait_for(timeout=180_000)


@pytest.fixture(scope="module")
def embedded(page: Any) -> None:
    """The sample's images are embedded, and Data shows them."""
    page.get_by_text("What was read").wait_for()


@pytest.fixture
def embed(page: Any) -> Callable[[], None]:
    """Embed the sample's images."""
    return lambda: embed_images(page)


@pytest.fixture
def picture(page: Any) -> Callable[[str], None]:
    """Keep a screenshot under `artifacts/`."""

    def keep(name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        page.wait_for_function(DRAWN)
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def go(page: Any) -> Callable[[str], None]:
    """Open a page of the app by its name in the navigation."""

    def open_page(name: str) -> None:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name, exact=True).wait_for()

    return open_page


@pytest.fixture
def workspace(server: tuple[str, Path]) -> Callable[[], Path]:
    """The only workspace of the server's home, once there is one."""
    return lambda: next((server[1] / "data/winnow/workspaces").iterdir())
