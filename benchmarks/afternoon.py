"""An afternoon played by a script in a real browser: questions, classes, labels, exports, counters.

    python benchmarks/afternoon.py CLOTHING --workspace WORKSPACE

CLOTHING is a folder with a folder for each kind of thing, whose names are the truth; the workspace
must be embedded, and everything happens on a temporary copy of it. The first job asks three
questions of one collection: one kind or not, which kind, and which of forty classes (kinds by
colour, which follow from the pictures). The second has the digits as class names. After every step
what the screen says is compared with what is stored; the first that differs ends the run.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from driving import Screen, Server, chromium
from PIL import Image

from core.project.project import Project
from core.store.questions import questions_of

PAGES = ("Data", "Prompts", "Clusters", "Search", "Tags", "Label", "Metrics", "Export")
COLOURS = ("dark", "light", "warm", "cool")
READY = "document.querySelector('.wl')?.dataset.image"
SAVED = "document.querySelector('.wl')?.dataset.unsaved === '0'"


@dataclass
class Step:
    """One row of the table."""

    what: str
    seconds: float
    keys: int = 0
    labels: int = 0

    def row(self) -> str:
        speed = f"{60 * self.labels / self.seconds:.0f}" if self.labels else ""
        cells = (self.what, f"{self.seconds:.1f}", self.keys or "", self.labels or "", speed)
        return f"| {' | '.join(map(str, cells))} |"


@dataclass
class Afternoon:
    """The person at the screen.

    Attributes:
        thought: seconds that she looks at each image.
    """

    screen: Screen
    server: Server
    project: Project
    thought: float
    steps: list[Step] = field(default_factory=list)

    @property
    def page(self):  # type: ignore[no-untyped-def]  # Playwright's
        return self.screen.page

    def step(self, what: str, work: Callable[[], tuple[int, int] | None]) -> None:
        """Do a step, and look that no page shows an error after it."""
        begun = time.perf_counter()
        keys, labels = work() or (0, 0)
        self.steps.append(Step(what, time.perf_counter() - begun, keys, labels))
        self.check(what)
        print(self.steps[-1].row(), flush=True)

    def check(self, what: str) -> None:
        """No traceback, no error, and the strip counts what is stored."""
        self.screen.settle()
        for kind in ("stException", "stAlertContentError"):
            shown = self.page.get_by_test_id(kind)
            if shown.count():
                raise SystemExit(f"{what}: {shown.first.inner_text()}")
        strip = self.page.locator(".wn-strip-line")
        if not strip.count():
            return
        stored = self.labeled()
        for _ in range(50):
            text = strip.inner_text().replace("\n", " ")
            found = re.search(r"([\d,]+) labels?\b", text)
            if found and int(found[1].replace(",", "")) == stored:
                return
            time.sleep(0.1)
        raise SystemExit(f"{what}: {stored} labels are stored, the strip says: {text}")

    # -- what is stored ---------------------------------------------------------------------------

    def home(self) -> Path:
        """The folder of the question that is on the screen."""
        name = self.page.get_by_role("combobox", name="Question", exact=True).input_value()
        slug = next(one.slug for one in questions_of(self.server.workspace) if one.name == name)
        return self.project.workspace.asking(slug).home

    def answers(self) -> list[tuple[str, str | None]]:
        """Image and class of each answer in force, in order."""
        path = self.home() / "labels.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as labels:
            return labels.execute(
                "SELECT image_id, class FROM events WHERE undone_by IS NULL ORDER BY seq"
            ).fetchall()

    def labeled(self) -> int:
        return len({image for image, name in self.answers() if name is not None})

    # -- steps ------------------------------------------------------------------------------------

    def go(self, name: str) -> None:
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        self.screen.wait(f"document.querySelector('h1')?.innerText === '{name}'")
        self.screen.settle()

    def ask(self, name: str) -> None:
        """Begin another question in the sidebar's menu."""
        new = self.page.get_by_role("textbox", name="Ask another question")
        menu = self.page.locator(".st-key-question-menu").get_by_test_id("stPopoverButton").first
        self.screen.settle()
        for _ in range(10):  # a page that is drawn anew closes it
            menu.click()
            self.page.wait_for_timeout(1_500)
            if new.is_visible():
                break
        new.fill(name)
        new.press("Enter")
        self.picked(name)

    def choose(self, name: str) -> None:
        """Go to a question that there is."""
        picker = self.page.get_by_role("combobox", name="Question", exact=True)
        picker.click()
        self.page.get_by_role("option", name=name, exact=True).click()
        self.picked(name)

    def picked(self, name: str) -> None:
        self.screen.wait(
            "[...document.querySelectorAll('input[role=combobox]')]"
            f".some(i => i.value === {json.dumps(name)})"
        )
        self.screen.settle()

    def classes(self, names: list[str]) -> None:
        """Write the classes' names into the one field for that."""
        self.go("Prompts")
        new = self.page.get_by_role("textbox", name="Add classes")
        new.fill(", ".join(names))
        new.press("Enter")
        self.screen.wait("/What the prompts alone say/.test(document.body.innerText)")

    def label(self, truth: Mapping[str, str], count: int) -> tuple[int, int]:
        """Answer ``count`` images with the keyboard alone, each key looked up on the screen."""
        self.screen.wait(READY)
        keys, said, before = 0, [], len(self.answers())
        for _ in range(count):
            image = self.page.locator(".wl").get_attribute("data-image")
            time.sleep(self.thought)
            name = truth[image]
            keys += self.press(name)
            self.screen.wait(
                f"{READY} && document.querySelector('.wl').dataset.image !== '{image}'"
            )
            said.append((image, name))
        self.screen.wait(SAVED)
        stored = self.answers()[before:]
        if stored != said:
            wrong = next(pair for pair in zip(stored, said, strict=False) if pair[0] != pair[1])
            raise SystemExit(f"a wrong key: stored {wrong[0]}, meant {wrong[1]}")
        return keys, count

    def press(self, name: str) -> int:
        """Give the image on the screen a class; returns how many keys that took."""
        chips = self.page.evaluate(
            "() => [...document.querySelectorAll('.wl-chip')].map(c =>"
            " ['.wl-label', 'kbd'].map(part => c.querySelector(part)?.textContent ?? ''))"
        )
        key = dict(chips).get(name, "").split(" ")[0]
        if key:
            self.page.keyboard.press("Enter" if key == "↵" else key)
            return 1
        self.page.keyboard.press("/")
        row = self.page.locator(".wf-row[aria-selected=true] .wf-name")
        for typed in range(1, len(name) + 1):
            self.page.keyboard.type(name[typed - 1])
            if row.count() and row.inner_text() == name:
                break
        self.page.keyboard.press("Enter")
        return typed + 2

    def undo(self) -> tuple[int, int]:
        """Take the last answer back, and give it again another way round: Undo, then the key."""
        before = self.answers()
        self.page.keyboard.press("z")
        self.screen.wait(SAVED)
        if self.answers() != before[:-1]:
            raise SystemExit("undo took back something else")
        return 1, 0

    def look_around(self) -> None:
        """Every page once."""
        for name in PAGES:
            self.go(name)
            self.check(f"page {name}")

    def export(self, folder: Path) -> None:
        """Write class folders, and look that the manifest holds every image."""
        self.go("Export")
        path = self.page.get_by_role("textbox", name="New folder to write")
        path.fill(str(folder))
        path.press("Enter")
        self.screen.settle()
        write = self.page.get_by_role("button", name=re.compile(r"^Write [\d,]+ images"))
        write.wait_for()
        self.screen.settle()
        write.click()
        deadline = time.monotonic() + 120
        while not (folder / "manifest.json").exists():
            if time.monotonic() > deadline:
                raise SystemExit(f"no export after 120 s: {self.page.inner_text('.stMain')[:500]}")
            time.sleep(0.2)
        self.screen.wait("!document.querySelector('[data-testid=stProgress]')")


def kinds_of(project: Project) -> dict[str, str]:
    """Image id → the name of its folder."""
    pool = project.pool()
    return {i: path.split("/")[-2] for i, path in zip(pool.ids, pool.paths, strict=True)}


def colours_of(project: Project) -> dict[str, str]:
    """Image id → one of four colours, of the middle of the picture."""
    pool, images = project.pool(), project.workspace.images
    result = {}
    for image_id, path in zip(pool.ids, pool.paths, strict=True):
        with Image.open(images / path) as picture:
            picture.draft("RGB", (64, 64))
            small = np.asarray(picture.convert("RGB").resize((16, 16)))[4:12, 4:12]
        red, _, blue = small.reshape(-1, 3).mean(axis=0)
        light = small.mean()
        sort = (
            "dark" if light < 80 else "light" if light > 170 else "warm" if red > blue else "cool"
        )
        result[image_id] = sort
    return result


def play(day: Afternoon, places: Path, labels: int) -> None:
    """Both jobs."""
    kinds = kinds_of(day.project)
    names = sorted(set(kinds.values()))
    colours = colours_of(day.project)
    forty = {i: f"{colours[i]} {kind}" for i, kind in kinds.items()}
    packaged = {i: "shoes" if kind == "shoes" else "other" for i, kind in kinds.items()}
    digits = {i: str(names.index(kind)) for i, kind in kinds.items()}

    questions = [
        ("Shoes or not?", ["shoes", "other"], packaged, labels),
        ("Which kind?", names, kinds, labels),
        ("Which kind and colour?", [f"{c} {n}" for n in names for c in COLOURS], forty, 2 * labels),
        ("Which digit?", [str(n) for n in range(len(names))], digits, labels),
    ]
    kept: dict[str, list[tuple[str, str | None]]] = {}
    for title, classes, truth, count in questions:
        what = f"{title} ({len(classes)} classes)"
        day.step(f"{what}: ask it", lambda title=title: day.ask(title))
        day.step(f"{what}: name the classes", lambda classes=classes: day.classes(classes))
        day.step(f"{what}: open Label", lambda: day.go("Label"))
        day.step(f"{what}: label", lambda truth=truth, count=count: day.label(truth, count))
        day.step(f"{what}: take one back", day.undo)
        day.step(f"{what}: give it again", lambda truth=truth: day.label(truth, 1))
        day.step(f"{what}: look at every page", day.look_around)
        day.step(f"{what}: export", lambda title=title: day.export(places / title[:-1]))
        kept[title] = day.answers()
    for title, answers in kept.items():
        day.step(f"{title} once more", lambda title=title: day.choose(title))
        if day.answers() != answers:
            raise SystemExit(f"{title}: its labels are not those that were given")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--labels", type=int, default=40, help="labels for a question")
    parser.add_argument("--thought", type=float, default=0.3, help="seconds an image is looked at")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        copy = folder / "workspace"
        ignored = shutil.ignore_patterns("labels.sqlite*", "vocabulary*", "questions*", "runs")
        shutil.copytree(asked.workspace, copy, ignore=ignored)
        project = Project.open(asked.images, copy)
        server = Server(asked.images, copy, folder / "home")
        try:
            with chromium() as browser:
                screen = Screen(browser, server, 10)
                screen.load("/", "Data")
                print("| step | seconds | keys | labels | labels a minute |\n|---|---|---|---|---|")
                play(Afternoon(screen, server, project, asked.thought), folder, asked.labels)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
