"""A full disk, a page loaded anew, a server that is killed: no label is lost, none counts twice."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.screens import STILL
from hosts import TOKEN

from core.store.labels.opening import reading

REPOSITORY = Path(__file__).parents[2]
WINNOW = str(Path(sys.executable).with_name("winnow"))
RESTARTS = 20
READY = "() => document.querySelector('.wl')?.dataset.image"
ANOTHER = "id => (document.querySelector('.wl')?.dataset.image ?? id) !== id"
SAVED = "() => document.querySelector('.wl')?.dataset.unsaved === '0'"
UNSAVED = "n => document.querySelector('.wl')?.dataset.unsaved === String(n)"


class App:
    """`winnow app` on one workspace and port, to be started and stopped."""

    def __init__(self, home: Path, workspace: Path) -> None:
        self.home, self.workspace = home, workspace
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.log = home / "server.log"
        self.environment = os.environ | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "WINNOW_TOKEN": TOKEN,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> None:
        subprocess.run([WINNOW, *arguments], env=self.environment, check=True, timeout=240)

    def start(self) -> None:
        images = str(REPOSITORY / "sample_data")
        command = [WINNOW, "app", images, "--workspace", str(self.workspace), "--no-browser"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env=self.environment, cwd=self.home, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/?token={TOKEN}", timeout=2).close()
                return
            except urllib.error.HTTPError:
                return  # it answers
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, "the server did not answer in 60 s"
                time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def events(self, table: str = "events") -> list[tuple[Any, ...]]:
        """Image, client and number of every event in force."""
        with reading(self.workspace / "labels.sqlite") as labels:  # on a full disk, too
            return labels.execute(
                f"SELECT image_id, client, client_seq FROM {table} WHERE undone_by IS NULL"
                " ORDER BY seq"
            ).fetchall()


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of its own in memory, 160 MB."""
    place = tmp_path_factory.mktemp("disk")
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("only root can mount a small disk, and only on Linux here")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def app(chromium: str, small_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The sample on the small disk, embedded and with tags; the app runs."""
    app = App(tmp_path_factory.mktemp("home"), small_disk / "workspace")
    app.command("embed", str(REPOSITORY / "sample_data"), "--workspace", str(app.workspace))
    app.start()
    yield app
    app.stop()
    assert "Traceback" not in app.log.read_text(), app.log.read_text()


@pytest.fixture
def page(chromium: str, app: App) -> Iterator[Any]:
    """A page of a browser of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{app.url}/?token={TOKEN}")
        page.get_by_test_id("stSidebarNav").wait_for()
        yield page
        browser.close()
        assert errors == []


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left on the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    try:
        yield
    finally:
        filler.unlink()


def go(page: Any, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()


def press(page: Any, key: str) -> str:
    """Press a key once an image is shown, and wait for the next; returns the image it was for."""
    page.wait_for_function(READY)
    image = page.locator(".wl").get_attribute("data-image")
    page.keyboard.press(key)
    page.wait_for_function(ANOTHER, arg=image)
    return str(image)


def test_eight_answers_on_a_full_disk_with_a_reload_are_eight_events(
    page: Any, app: App, small_disk: Path
) -> None:
    go(page, "Label")
    page.wait_for_function(READY)
    page.wait_for_timeout(3_000)
    before = len(app.events())
    images = [press(page, str(n)) for n in (1, 2, 3)]
    page.wait_for_function(SAVED)
    with full(small_disk):
        images += [press(page, str(n)) for n in (4, 5)]
        said = page.locator(".wl-state")
        said.get_by_text("2 not saved yet").wait_for()
        assert "is full" in said.inner_text()
        page.reload()
        page.wait_for_function(UNSAVED, arg=2)
        images += [press(page, str(n)) for n in (6, 7, 8)]
        said.get_by_text("5 not saved yet").wait_for()
        assert page.get_by_test_id("stException").count() == 0
        assert len(app.events()) == before + 3
    page.wait_for_function(SAVED)
    rows = app.events()[before:]
    assert [image for image, _, _ in rows] == images
    assert len(set(images)) == 8
    page.wait_for_timeout(5_000)
    assert len(app.events()) == before + 8  # and no more, however long it runs


def test_an_answer_undone_before_it_was_saved_does_not_count(
    page: Any, app: App, small_disk: Path
) -> None:
    go(page, "Label")
    page.wait_for_function(READY)
    before = len(app.events())
    with full(small_disk):
        undone = press(page, "1")
        page.keyboard.press("z")
        page.wait_for_function(
            "id => document.querySelector('.wl')?.dataset.image === id", arg=undone
        )
        page.locator(".wl-state").get_by_text("2 not saved yet").wait_for()
    page.wait_for_function(SAVED)
    assert len(app.events()) == before


def test_tags_and_prompts_wait_for_the_disk_too(page: Any, app: App, small_disk: Path) -> None:
    go(page, "Tags")
    begin = page.get_by_role("button", name="Use these").or_(page.locator(".wt-tile"))
    begin.first.wait_for()
    if page.locator(".wt-tile").count() == 0:
        page.get_by_role("button", name="Use these").click()
    page.locator(".wt-tile").first.wait_for()
    page.wait_for_timeout(3_000)
    with full(small_disk):
        for number in (0, 1, 2):
            page.locator(".wt-tile").nth(number).locator(".wt-yes").click()
        page.locator(".wt-state").get_by_text("3 not saved yet").wait_for()
        assert page.get_by_test_id("stException").count() == 0
    page.locator(".wt-state").get_by_text("All answers saved").wait_for()
    assert len(app.events("tag_events")) == 3

    go(page, "Prompts")
    field = page.locator("textarea.wp").first
    field.wait_for()
    text = (app.workspace / "vocabulary.yaml").read_text()
    with full(small_disk):
        field.press("End")
        field.type(" in front of the sea")
        page.get_by_text("Not saved yet").first.wait_for()
        page.reload()
        page.get_by_text("Not saved yet").first.wait_for()
        assert "in front of the sea" in page.locator("textarea.wp").first.input_value()
        assert page.get_by_test_id("stException").count() == 0
        new = page.get_by_role("textbox", name="Add classes")
        new.fill("zeppelin")
        new.press("Enter")
        page.get_by_role("button", name="Try again").wait_for()
        page.wait_for_function(STILL)  # what stood there before is gone
        assert new.input_value() == "zeppelin"
        assert (app.workspace / "vocabulary.yaml").read_text() == text
    page.wait_for_function("() => !document.querySelector('.wp-box[data-unsaved=\"1\"]')")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("() => !document.querySelector('.st-key-trouble-again')")
    saved = (app.workspace / "vocabulary.yaml").read_text()
    assert "in front of the sea" in saved
    assert "zeppelin" in saved


@pytest.mark.timeout(900)
def test_twenty_restarts_lose_nothing_and_store_nothing_twice(page: Any, app: App) -> None:
    go(page, "Label")
    page.wait_for_function(READY)
    page.wait_for_function(SAVED)
    before = len(app.events())
    images: list[str] = []
    for turn in range(RESTARTS):
        images += [press(page, str(turn % 9 + 1)) for _ in range(2)]
        if turn % 3:
            page.wait_for_function(SAVED)
        app.stop(signal.SIGKILL if turn % 2 else signal.SIGTERM)
        images.append(press(page, "1"))  # nobody is there to hear it
        app.start()
        images.append(press(page, "2"))
        if turn % 4 == 0:
            page.wait_for_function(SAVED)
    page.wait_for_function(SAVED)
    rows = app.events()[before:]
    assert sorted(image for image, _, _ in rows) == sorted(images)
    assert len(set(images)) == len(images) == 4 * RESTARTS
    assert len({row[1:] for row in rows}) == len(rows)
