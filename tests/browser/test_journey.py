"""The main journey in a real Chromium: open, embed, edit a prompt, label, measure, export."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = REPOSITORY / "artifacts"
CHROMIUM = os.environ.get("WINNOW_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


@pytest.fixture(scope="module", autouse=True)
def needs_chromium() -> None:
    if CHROMIUM is None:
        if os.environ.get("WINNOW_NEEDS_BROWSER"):
            pytest.fail("no Chromium found: install one or set WINNOW_CHROMIUM to its path")
        pytest.skip("no Chromium found; `make browser` needs one")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`winnow app sample_data` in a home of its own; address and home."""
    home = tmp_path_factory.mktemp("browser-home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
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
            urllib.request.urlopen(url, timeout=2).close()
            break
        except OSError:
            assert process.poll() is None, (home / "server.log").read_text()
            assert time.monotonic() < deadline, "the server did not answer in 60 s"
            time.sleep(0.2)
    yield url, home
    process.terminate()
    process.wait(20)
    log.close()
    said = (home / "server.log").read_text()
    assert "Traceback" not in said, said
    assert "deprecated" not in said.lower(), said


@pytest.fixture(scope="module")
def page(server: tuple[str, Path]):
    from playwright.sync_api import sync_playwright

    ARTIFACTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server[0])
        yield page
        browser.close()
        assert errors == []


def picture(page, name: str) -> None:
    page.wait_for_timeout(500)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def go(page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()


def workspace(home: Path) -> Path:
    return next((home / "data/winnow/workspaces").iterdir())


def test_journey(page, server: tuple[str, Path], tmp_path: Path) -> None:
    home = server[1]
    page.get_by_role("button", name="Embed the images").click()
    page.get_by_text(re.compile(r"images ready")).wait_for(timeout=180_000)
    picture(page, "1-data")

    go(page, "Prompts")
    takes = page.get_by_text(re.compile(r"takes .* images")).first
    takes.wait_for()
    before = takes.inner_text()
    loaded = "img => img.complete && img.naturalWidth > 0"
    first = page.locator(".wn-pic").first
    first.wait_for()
    page.wait_for_function(f"() => ({loaded})(document.querySelector('.wn-pic'))")
    prompts = page.get_by_label("Prompts, one a line").first
    prompts.fill("a photo of a fire truck")
    prompts.press("Control+Enter")
    page.wait_for_function(
        "before => [...document.querySelectorAll('p')].some("
        "p => /takes .* images/.test(p.innerText)) && "
        "[...document.querySelectorAll('p')].find("
        "p => /takes .* images/.test(p.innerText)).innerText !== before",
        arg=before,
    )
    picture(page, "2-prompts")

    go(page, "Label")
    desk = page.locator(".wl")
    desk.wait_for()
    page.wait_for_function("() => document.querySelector('.wl').dataset.image")
    asked = []
    for key in ("1", "2", "3", "4", "5"):
        asked.append(desk.get_attribute("data-image"))
        page.keyboard.press(key)
    assert len(set(asked)) == 5
    page.get_by_text("All 5 answers saved").wait_for()
    picture(page, "3-label")
    with sqlite3.connect(workspace(home) / "labels.sqlite") as labels:
        stored = [row[0] for row in labels.execute("SELECT image_id FROM events ORDER BY seq")]
    assert stored == asked
    page.keyboard.press("z")
    page.get_by_text("All 6 answers saved").wait_for()
    assert desk.get_attribute("data-image") == asked[-1]
    page.keyboard.press("5")
    page.get_by_text("All 7 answers saved").wait_for()

    go(page, "Metrics")
    page.get_by_text("Accuracy", exact=True).wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    picture(page, "4-metrics")

    go(page, "Export")
    out = tmp_path / "sorted"
    field = page.get_by_role("textbox", name="New folder to write")
    field.fill(str(out))
    field.press("Enter")
    page.get_by_role("button", name=re.compile(r"Write \d+ images")).click()
    page.get_by_text(re.compile(r"images written to")).first.wait_for()
    picture(page, "5-export")
    assert (out / "manifest.json").is_file()
    assert (out / "metadata.json").is_file()
    assert (out / "report.txt").is_file()
    assert sum(1 for p in out.rglob("*.jpg")) + sum(1 for p in out.rglob("*.webp")) > 300


def test_many_quick_keys_are_all_saved(page, server: tuple[str, Path]) -> None:
    go(page, "Label")
    desk = page.locator(".wl")
    page.wait_for_function("() => document.querySelector('.wl')?.dataset.image")
    expected = []
    for n in range(36):
        expected.append((desk.get_attribute("data-image"), str(n % 9)))
        page.keyboard.press(str(n % 9 + 1))
        page.wait_for_timeout(30)
        page.wait_for_function(
            "id => document.querySelector('.wl').dataset.image !== id", arg=expected[-1][0]
        )
    page.wait_for_function("() => document.querySelector('.wl').dataset.unsaved === '0'")
    names = [e.inner_text() for e in page.locator(".wl-classes .wl-label").all()]
    with sqlite3.connect(workspace(server[1]) / "labels.sqlite") as labels:
        stored = labels.execute("SELECT image_id, class FROM events ORDER BY seq").fetchall()[-36:]
    assert stored == [(image, names[int(index)]) for image, index in expected]


def test_a_deep_link_and_a_reload_find_the_workspace(page, server: tuple[str, Path]) -> None:
    name = workspace(server[1]).name
    page.goto(f"{server[0]}/prompts?w={name}")
    page.get_by_text(re.compile(r"takes .* images")).first.wait_for()
    page.reload()
    page.get_by_text(re.compile(r"takes .* images")).first.wait_for()


def test_the_map_shows_and_survives_leaving_the_page(page) -> None:
    go(page, "Clusters")
    page.get_by_text(re.compile("being computed|Colour by")).first.wait_for()
    go(page, "Data")
    go(page, "Clusters")
    page.locator(".js-plotly-plot").first.wait_for(timeout=180_000)
    picture(page, "6-clusters")


def test_pictures_are_served_by_id_only(server: tuple[str, Path], page) -> None:
    key = page.evaluate("() => document.querySelector('.wn-pic').src")
    assert re.search(r"/thumb/[0-9a-f]{12}/[0-9a-f]{32}$", key)
    base = key.rsplit("/", 1)[0]
    for bad in ("..%2f..%2fworkspace.toml", "0" * 32, "x"):
        answer = page.request.get(f"{base}/{bad}")
        assert answer.status in (400, 404)
    good = page.request.get(key)
    assert good.status == 200
    assert good.headers["content-type"].startswith("image/")
    assert "access-control-allow-origin" not in good.headers
