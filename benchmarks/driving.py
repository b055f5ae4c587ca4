"""A server of the app and a Chromium without a screen, for benchmarks of what people wait for."""

from __future__ import annotations

import math
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
PATIENCE = 120_000  # ms after which something counts as broken
# Both ends are taken by the browser's own clock: from the event itself to the frame after which
# the state holds, so neither Playwright's polling nor its round trips are counted.
TIMING = """
window.timed = null;
window.startTiming = (kind, ready) => {
  const holds = new Function(`return (${ready})`);
  window.timed = new Promise((done) => {
    window.addEventListener(kind, (event) => {
      const look = () =>
        holds() ? done(performance.now() - event.timeStamp)
          : performance.now() - event.timeStamp > PATIENCE ? done(null)
          : requestAnimationFrame(look);
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
};
window.seen = (selector) => [...document.querySelectorAll(selector)].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.bottom > 0 && box.top < innerHeight;
});
window.loaded = (selector) => {
  const pictures = window.seen(selector);
  return pictures.length > 0 && pictures.every((p) => p.complete && p.naturalWidth > 0);
};
"""
PICTURES = "loaded('.stMain img[src]')"
TAKES = "[...document.querySelectorAll('p')].filter(p => /takes .* images/.test(p.innerText))"
# What must be on the screen before a page counts as there; its pictures are loaded.
READY = {
    "Data": "/What was read/.test(document.body.innerText)",
    "Prompts": f"{TAKES}.length > 0 && {PICTURES}",
    "Clusters": f"document.querySelector('.wm')?.dataset.drawn && {PICTURES}",
    "Search": f"document.querySelector('.ws-grid > *') && {PICTURES}",
    "Tags": "document.querySelector('.wtl-now') && / accepted /.test(document.body.innerText)",
    "Label": f"document.querySelector('.wl')?.dataset.image && {PICTURES}",
    "Metrics": "document.querySelector('.wmx td') && document.querySelector('.wpl')",
    # With many classes the pictures lie below the window.
    "Export": "/To write/.test(document.body.innerText) && /least certain/.test("
    "document.body.innerText) && seen('.stMain img').every(p => p.complete && p.naturalWidth > 0)",
}


class Server:
    """`winnow app` on a workspace, in a home of its own; only the cache of models is the user's."""

    def __init__(
        self, images: Path, workspace: Path, home: Path, python: Path = Path(sys.executable)
    ) -> None:
        """Start it; ``python`` is that of the checkout whose app it is to be."""
        self.workspace, self.home = workspace, home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        home.mkdir(exist_ok=True)
        folders = {"HOME": home, "XDG_DATA_HOME": home / "data"}
        folders["XDG_CACHE_HOME"] = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        environment = os.environ | {name: str(folder) for name, folder in folders.items()}
        command = [str(python.with_name("winnow")), "app", str(images)]
        command += ["--workspace", str(workspace), "--port", str(port), "--no-browser"]
        command += ["--no-token"]
        with (home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT
            )
        while True:
            with suppress(OSError):
                urllib.request.urlopen(self.url, timeout=2).close()
                break
            if self._process.poll() is not None:
                raise SystemExit((home / "server.log").read_text())
            time.sleep(0.2)

    def memory(self) -> float:
        """Resident memory in MB that belongs to the process, files mapped into it included."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def processor(self) -> float:
        """Milliseconds of processor time that the server has used, on all cores together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def events(self) -> list[tuple[str, str]]:
        """Image and client of each stored answer that counts, in order."""
        with sqlite3.connect(self.workspace / "labels.sqlite") as labels:
            return labels.execute(
                "SELECT image_id, client FROM events WHERE undone_by IS NULL ORDER BY seq"
            ).fetchall()


class Arrival(threading.Thread):
    """Notes when, by the wall clock, the label store holds ``count`` answers more than now."""

    def __init__(self, server: Server, count: int) -> None:
        super().__init__(daemon=True)
        self._path, self._count, self.at = server.workspace / "labels.sqlite", count, math.inf
        self._before = len(server.events())
        self.start()

    def run(self) -> None:
        with sqlite3.connect(self._path) as labels:
            question = "SELECT COUNT(*) FROM events WHERE undone_by IS NULL"
            for _ in range(6_000):
                if labels.execute(question).fetchone()[0] >= self._before + self._count:
                    self.at = time.time()
                    return
                time.sleep(0.01)


@contextmanager
def chromium() -> Iterator[Any]:
    """A Playwright browser."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("WINNOW_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("No Chromium found: install one or set WINNOW_CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Screen:
    """One person's browser window."""

    def __init__(
        self, browser: Any, server: Server, classes: int, states: Mapping[str, str] = READY
    ) -> None:
        """Open it; ``states`` say when a page of this server is there."""
        self._wanted, self._awaited, self._states = classes, "", states
        self.page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(TIMING.replace("PATIENCE", str(PATIENCE)))
        self._url = server.url

    def address(self, path: str) -> str:
        return f"{self._url}{path}"

    def ready(self, name: str) -> str:
        heading = f"document.querySelector('h1')?.innerText === '{name}'"
        return f"{heading} && ({self._states[name].replace('WANTED', str(self._wanted))})"

    def load(self, path: str, name: str) -> float:
        """Milliseconds from a new address to its page being there."""
        begun = time.perf_counter()
        self.page.goto(self.address(path))
        self.wait(self.ready(name))
        return 1000 * (time.perf_counter() - begun)

    def wait(self, state: str) -> None:
        self.page.wait_for_function(f"() => ({state})")

    def start(self, kind: str, ready: str) -> None:
        """Take the time from the next event of a kind until a state holds, see ``took``."""
        self._awaited = ready
        self.page.evaluate("([kind, ready]) => startTiming(kind, ready)", [kind, ready])

    def took(self) -> float:
        """Milliseconds of the last ``start``, once its state holds."""
        from playwright.sync_api import Error

        found = self.page.evaluate("() => window.timed")
        if found is None:
            raise Error(f"not there after {PATIENCE / 1000:.0f} s: {self._awaited}")
        return float(found)

    def go(self, name: str) -> float:
        """Milliseconds from a click in the navigation to the page being there."""
        self.start("click", self.ready(name))
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
        return self.took()

    def settle(self) -> None:
        """Wait until the page's script has ended."""
        self.wait(
            "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        )

    def lasso(self, share: float, right: float = 0.0, down: float = 0.0) -> tuple[int, float]:
        """Draw a circle on the map.

        Returns:
            How many images it selects, and the milliseconds from letting go to seeing them.

        Args:
            share: of the map's height that the circle spans.
            right, down: shares of the map by which its middle is off the map's.
        """
        shown = self.page.locator(".wm").get_attribute("data-drawn")
        box = self.page.locator(".wm canvas").bounding_box()
        x, y = box["x"] + (0.5 + right) * box["width"], box["y"] + (0.5 + down) * box["height"]
        radius, mouse = share * box["height"] / 2, self.page.mouse
        mouse.move(x + radius, y)
        mouse.down()
        for step in range(33):
            angle = step * math.pi / 16
            mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle))
            self.page.wait_for_timeout(40)
        count = (
            "[...document.querySelectorAll('p')].map(p => p.innerText)"
            ".find(t => /^[\\d,]+ selected$/.test(t))"
        )
        drawn = f"document.querySelector('.wm').dataset.drawn !== {shown!r}"
        self.start("mouseup", f"{drawn} && {count} && {PICTURES}")
        mouse.up()
        took = self.took()
        self.settle()
        text = self.page.evaluate(f"() => {count}")
        return int(text.split()[0].replace(",", "")), took
