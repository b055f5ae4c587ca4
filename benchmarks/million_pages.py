"""A million images in the browser: first visits of every page and view, edits, keys, the map.

    python benchmarks/million.py make FOLDER --like WORKSPACE --count 1000000
    python benchmarks/million_pages.py FOLDER
    python benchmarks/million_pages.py FOLDER --only visits --shots SHOTS

A visit counts as done when the page's script has ended and no part of it is being waited for; what
is worked out behind it, with its progress on the page, is not waited for. Beside the wall time
stand the server's processor time, all cores together, and its anonymous memory (``RssAnon``)
afterwards. It works on FOLDER itself; its labels are put back at the end. Needs
Playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app import Figures, as_text, edits, label, paint
from driving import Screen, Server, chromium

from core.project.project import Project

PAGES = (
    "Data", "Prompts", "Label", "Clusters", "Search", "Tags", "Try one", "Metrics", "Export",
    "Deliveries",
)  # fmt: skip
VIEWS = {
    "Metrics": (
        "Classes", "Thresholds", "Learning curve", "Suspect labels", "Compare models",
        "Pictures or words", "What changed", "Runs", "Captions",
    ),
    "Label": ("Grid of exceptions", "Sign a folder"),
    "Tags": ("Overlap", "Query", "File"),
}  # fmt: skip
PARTS = ("visits", "views", "search", "prompts", "label", "map")
EDITS, KEYS, PAINTS = 12, 120, 3
QUIET = (
    "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    " && !document.querySelector('[data-testid=stSpinner]')"
)


def anonymous(server: Server) -> float:
    """Anonymous memory of the server in MB."""
    status = Path(f"/proc/{server._process.pid}/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


@contextmanager
def labels_kept(workspace: Path) -> Iterator[None]:
    """Put the labels back as they were."""
    labels = workspace / "labels.sqlite"
    with closing(sqlite3.connect(labels)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = shutil.copy(labels, workspace / "labels.kept")
    try:
        yield
    finally:
        for beside in workspace.glob("labels.sqlite-*"):
            beside.unlink()
        Path(kept).replace(labels)


class Tour:
    """Goes through the app and notes what each step took.

    Args:
        shots: folder for a picture of each step; None for none.
    """

    def __init__(self, screen: Screen, server: Server, shots: Path | None) -> None:
        self.screen, self.server, self.shots = screen, server, shots

    def step(self, name: str, link: str, role: str, title: str) -> None:
        """Press something and wait until what it leads to is there."""
        page = self.screen.page
        begun, used = time.perf_counter(), self.server.processor()
        place = page.get_by_test_id("stSidebarNav") if role == "link" else page.locator(".stMain")
        place.get_by_role(role, name=link, exact=True).first.click()
        self.screen.wait(f"document.querySelector('h1')?.innerText === '{title}'")
        page.wait_for_timeout(150)  # until the browser has asked the server
        self.screen.wait(QUIET)
        took, used = time.perf_counter() - begun, self.server.processor() - used
        wrong = page.locator("[data-testid=stException]").count()
        print(
            f"| {name} | {took:.1f} | {used / 1000:.1f} | {anonymous(self.server):,.0f} "
            f"| {'**error**' if wrong else ''} |",
            flush=True,
        )
        if self.shots is not None:
            path = self.shots / f"{name.lower().replace(' ', '-').replace(':', '')}.png"
            page.screenshot(path=str(path), full_page=False)

    def visits(self) -> None:
        """Every page once."""
        for name in PAGES:
            if self.screen.page.get_by_role("heading", name=name, exact=True).count():
                continue
            self.step(name, name, "link", name)
            self.screen.page.wait_for_timeout(700)

    def views(self) -> None:
        """The views of pages that have some."""
        for page, names in VIEWS.items():
            self.step(f"{page} again", page, "link", page)
            for name in names:
                self.step(f"{page}: {name}", name, "radio", page)
                self.screen.page.wait_for_timeout(700)

    def search(self) -> None:
        """A text among all images, and filters."""
        self.step("Search again", "Search", "link", "Search")
        box = self.screen.page.get_by_placeholder("What should").first
        for words in ("a red car", "a ship at sea"):
            begun, used = time.perf_counter(), self.server.processor()
            box.fill(words)
            box.press("Enter")
            self.screen.page.wait_for_timeout(150)
            self.screen.wait(f"/images searched/.test(document.body.innerText) && {QUIET}")
            took, used = time.perf_counter() - begun, self.server.processor() - used
            print(f"| search: {words} | {took:.1f} | {used / 1000:.1f} | | |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--shots", type=Path, help="folder for a picture of each step")
    asked = parser.parse_args()
    if asked.shots:
        asked.shots.mkdir(parents=True, exist_ok=True)
    images, workspace = asked.folder / "images", asked.folder / "workspace"
    names, figures = Project.open(images, workspace).classes().names, Figures()
    with labels_kept(workspace), tempfile.TemporaryDirectory() as home, chromium() as browser:
        server = Server(images, workspace, Path(home) / "home")
        try:
            screen = Screen(browser, server, len(names))
            print(
                "| first visit of | wall, s | processor, s | anonymous MB | |\n"
                "|---|---|---|---|---|"
            )
            begun = time.perf_counter()
            screen.page.goto(screen.address("/"))
            screen.wait(f"document.querySelector('h1')?.innerText === 'Data' && {QUIET}")
            took = time.perf_counter() - begun
            print(f"| Data, on a new server | {took:.1f} | {server.processor() / 1000:.1f} "
                  f"| {anonymous(server):,.0f} | |", flush=True)  # fmt: skip
            tour = Tour(screen, server, asked.shots)
            if "visits" in asked.only:
                tour.visits()
            if "views" in asked.only:
                tour.views()
            if "search" in asked.only:
                tour.search()
            if "prompts" in asked.only:
                edits(screen, server, EDITS, figures)
            if "label" in asked.only:
                label(screen, KEYS, figures)
            if "map" in asked.only:
                for _ in range(PAINTS):
                    took = paint(Screen(browser, server, len(names)))
                    figures.add("first paint of the map, app load included", took, 5_000)
            print(as_text({"timings": figures.table()}))
            print(f"anonymous memory: {anonymous(server):,.0f} MB", file=sys.stderr)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
