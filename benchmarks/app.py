"""The running app in a browser: how long people wait, what the server's memory does, two at once.

    python benchmarks/app.py IMAGES --workspace WORKSPACE --classes airplane automobile …
    python benchmarks/app.py IMAGES --workspace WORKSPACE --classes … --minutes 30
    python benchmarks/app.py IMAGES --workspace WORKSPACE --classes … --two
    python benchmarks/app.py IMAGES --workspace WORKSPACE --classes … --sessions 10

The workspace must be embedded; everything happens on a temporary copy of it. Needs Playwright (a
part of the extra "dev") and a Chromium; WebGL runs in software, so a real screen is faster.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from driving import READY, TAKES, Arrival, Screen, Server, chromium

from core.encoders.registry import load_encoder
from core.project.project import Project
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.services.data.duplicates import groups_of
from core.services.metrics.truth import folder_truth
from core.services.predict.predicting import learner
from core.store.labels.base import Event

PAGES = list(READY)
LABELS, AUDITED = 300, 60  # that there are at the start
SWITCHES, EDITS, KEYS, LASSOS, PAINTS, EACH = 6, 24, 200, 5, 5, 500
WORDS = ("small", "red", "old", "wet", "dark", "bright", "distant", "quiet", "wild", "muddy")
ROUNDS, SAVED = 40, 500  # keys of each of many sessions, and ms within which they are to be saved
THINKING = 700  # ms that somebody looks at a page before going on
RESTING = 10_000  # ms after which nothing is being computed any more
COUNTS = f"{TAKES}.map(p => p.innerText).join()"


@dataclass
class Figures:
    """Milliseconds by name, each with the limit that it should keep."""

    rows: dict[str, tuple[float | None, list[float]]] = field(default_factory=dict)

    def add(self, name: str, took: float, limit: float | None = None) -> None:
        self.rows.setdefault(name, (limit, []))[1].append(took)

    def table(self) -> list[dict[str, object]]:
        made = []
        for name, (limit, values) in self.rows.items():
            high = float(np.percentile(values, 95))
            made.append(
                {
                    "what": name,
                    "n": len(values),
                    "median_ms": round(float(np.median(values))),
                    "p95_ms": round(high),
                    "limit_ms": limit,
                    "kept": None if limit is None else high <= limit,
                }
            )
        return made


def switches(screen: Screen, server: Server, figures: Figures) -> None:
    """Visit every page in changing orders, half of the rounds with labels just given."""
    order = random.Random(0)
    for turn in range(SWITCHES):
        pages = order.sample(PAGES, len(PAGES))
        if turn % 2:
            label(screen, 12)
        for name in pages:
            if screen.page.get_by_role("heading", name=name, exact=True).count():
                continue
            before = server.processor()
            took = screen.go(name)
            figures.add("page switch, all pages", took, 1_000)
            figures.add(f"… to {name}", took)
            screen.settle()
            figures.add(f"… to {name}: processor time of the server", server.processor() - before)
            screen.page.wait_for_timeout(THINKING)


def label(screen: Screen, keys: int, figures: Figures | None = None) -> None:
    """Press keys on the Label page, each as soon as somebody quick could."""
    if not screen.page.get_by_role("heading", name="Label", exact=True).count():
        screen.go("Label")
    for n in range(keys):
        shown = screen.page.locator(".wl").get_attribute("data-image")
        screen.start(
            "keydown",
            f"document.querySelector('.wl').dataset.image !== '{shown}'"
            " && document.querySelector('.wl').dataset.image && loaded('.wl-stage img')",
        )
        # Of random images nothing is suggested that Enter could take.
        drawn = screen.page.locator(".wl-audit").is_visible()
        screen.page.keyboard.press(str(n % 9 + 1) if drawn or n % 3 == 0 else "Enter")
        took = screen.took()
        if figures is not None:
            figures.add("key → next image", took, 150)
        screen.page.wait_for_timeout(120)
    screen.wait("document.querySelector('.wl').dataset.unsaved === '0'")


def edits(
    screen: Screen, server: Server, count: int, figures: Figures | None = None, seed: int = 0
) -> None:
    """Write prompts nobody has written before; the preview follows."""
    screen.go("Prompts")
    words = random.Random(seed)
    for _ in range(count):
        field_ = screen.page.locator("textarea.wp").first
        field_.click()
        screen.page.keyboard.press("End")
        screen.page.keyboard.type(f" {words.choice(WORDS)} {words.randrange(1_000)}", delay=40)
        before, used = json.dumps(screen.page.evaluate(f"() => {COUNTS}")), server.processor()
        screen.start("keydown", f"{COUNTS} !== {before} && {TAKES}.length > 0")
        screen.page.keyboard.press("y")
        took = screen.took()
        if figures is not None:
            figures.add("prompt edit → preview", took, 500)
            screen.settle()
            used = server.processor() - used
            figures.add("prompt edit: processor time of the server", used)
        screen.page.wait_for_timeout(THINKING)


def lassos(screen: Screen, server: Server, count: int, figures: Figures | None = None) -> None:
    """Draw around many points and label them all."""
    screen.go("Clusters")
    for n in range(count):
        chosen, took = screen.lasso(0.2 + 0.02 * n, 0.28, 0.1)
        screen.page.get_by_role("combobox", name="Class for all of them").click()
        screen.page.get_by_role("option").nth(n % 5).click()
        button = screen.page.get_by_role("button", name=f"Label {chosen:,}", exact=True)
        screen.settle()
        button.wait_for()
        stored = Arrival(server, chosen)
        said = f"/{chosen:,} images labeled .*; saved/.test(document.body.innerText)"
        screen.start("click", said)
        screen.page.evaluate(
            "() => addEventListener('click', () => { window.clicked = Date.now(); },"
            " { capture: true, once: true })"
        )
        button.click()
        message = screen.took()
        stored.join()
        rows = 1000 * stored.at - screen.page.evaluate("() => window.clicked")
        if figures is not None:
            name = "lasso → labels saved" if chosen >= 5_000 else f"lasso of only {chosen}"
            figures.add(name, max(message, rows), 1_000)
            figures.add("lasso → its images", took)
        undo(screen)
        screen.page.get_by_role("button", name="Clear", exact=True).click()
        screen.wait("document.querySelector('.wc-card')")
        screen.settle()


def undo(screen: Screen) -> None:
    button = screen.page.get_by_role("button", name="Undo", exact=True)
    button.click()
    button.wait_for(state="hidden")


def paints(screen: Screen, new_screen: Callable[[], Screen], figures: Figures) -> None:
    """Open the map in browsers that have never seen it: at rest, then with labels just given."""
    screen.page.wait_for_timeout(RESTING)
    for _ in range(PAINTS):
        seen, drawn = paint(new_screen())
        figures.add("first paint of the map, app load included", seen, 3_000)
        figures.add("… until it can be drawn on", drawn)
    for _ in range(PAINTS):
        label(screen, 12)
        seen, drawn = paint(new_screen())
        figures.add("… while the model learns new labels", seen)
        figures.add("… while it learns, until it can be drawn on", drawn)


def paint(screen: Screen) -> tuple[float, float]:
    """Milliseconds from the address to the points of the map, and until it can be drawn on."""
    screen.page.goto("about:blank")
    begun = time.perf_counter()
    screen.page.goto(screen.address("/clusters"))
    screen.wait("document.querySelector('.wm')?.dataset.seen")
    seen = 1000 * (time.perf_counter() - begun)
    screen.wait("document.querySelector('.wm')?.dataset.drawn")
    drawn = 1000 * (time.perf_counter() - begun)
    screen.page.context.close()
    return seen, drawn


def tags(screen: Screen) -> None:
    """Begin with a tag for each class, so that the Tags page has something to show."""
    nav = screen.page.get_by_test_id("stSidebarNav")
    nav.get_by_role("link", name="Tags").click()
    begin = screen.page.get_by_role("button", name="Use the", exact=False).first
    begin.wait_for()
    begin.click()
    screen.wait(screen.ready("Tags"))


def search(screen: Screen, words: str) -> None:
    """Search for something."""
    nav = screen.page.get_by_test_id("stSidebarNav")
    nav.get_by_role("link", name="Search").click()
    screen.wait("document.querySelector('h1')?.innerText === 'Search'")
    box = screen.page.get_by_role("searchbox").or_(screen.page.get_by_placeholder("What should"))
    box.first.fill(words)
    box.first.press("Enter")
    screen.wait(screen.ready("Search"))
    screen.settle()


def memory(screen: Screen, server: Server, minutes: float) -> dict[str, object]:
    """Use every page over and over; the server's memory every half minute."""
    from playwright.sync_api import Error

    begun, done = time.monotonic(), 0
    seen: list[tuple[float, int]] = []
    missed: list[str] = []
    steps = itertools.cycle(
        [
            *(lambda name=name: screen.go(name) for name in PAGES if name != "Label"),
            lambda: edits(screen, server, 3, seed=len(seen)),
            lambda: label(screen, 30),
            lambda: lassos(screen, server, 1),
            lambda: search(screen, f"a {random.choice(WORDS)} {random.choice(WORDS)} thing"),
        ]
    )
    while (passed := (time.monotonic() - begun) / 60) < minutes:
        try:
            next(steps)()
        except Error as error:  # of Playwright: a busy machine was too slow for it
            missed.append(str(error).splitlines()[0])
            screen.load("/", "Data")
        screen.page.wait_for_timeout(THINKING)
        done += 1
        if not seen or passed - seen[-1][0] >= 0.5:
            seen.append((round(passed, 2), round(server.memory())))
            print(f"{passed:.1f} min, {done} steps: {seen[-1][1]} MB", file=sys.stderr, flush=True)
    early = next(value for at, value in seen if at >= min(5.0, minutes / 6))
    late = round(server.memory())
    return {
        "minutes": minutes,
        "mb_after_5": early,
        "mb_at_end": late,
        "growth": round(late / early - 1, 3),
        "limit": 0.15,
        "kept": late <= 1.15 * early,
        "steps": done,
        "steps_missed": missed,
        "mb_by_minute": seen,
    }


def two(new_screen: Callable[[], Screen], server: Server) -> dict[str, object]:
    """Two people answer at the same time."""
    people, before = [new_screen(), new_screen()], len(server.events())
    shown: list[list[str]] = [[], []]
    for person in people:
        person.load("/label", "Label")
    for n in range(EACH):
        for own, person in zip(shown, people, strict=True):
            image = person.page.locator(".wl").get_attribute("data-image")
            own.append(image)
            person.page.keyboard.press(str(n % 9 + 1))
        for own, person in zip(shown, people, strict=True):
            person.wait(
                "document.querySelector('.wl').dataset.image"
                f" && document.querySelector('.wl').dataset.image !== '{own[-1]}'"
            )
    for person in people:
        person.wait("document.querySelector('.wl').dataset.unsaved === '0'")
    events = server.events()[before:]
    lost = {*shown[0], *shown[1]} - {image for image, _ in events}
    both = set(shown[0]) & set(shown[1])
    return {
        "answers": sum(map(len, shown)),
        "events": len(events),
        "lost": len(lost),
        "shown_to_both": len(both),
        "kept": len(events) == 2 * EACH and not lost and not both,
    }


def crowd(new_screen: Callable[[], Screen], server: Server, sessions: int) -> dict[str, object]:
    """Some people label at once, each pressing a key about every second.

    All of them press within a few hundredths of a second, so this is the worst that it gets.
    """
    people, figures, before = [new_screen() for _ in range(sessions)], Figures(), server.events()
    for person in people:
        person.load("/label", "Label")
        person.page.wait_for_timeout(THINKING)
    for n in range(ROUNDS):
        for person in people:
            shown = person.page.locator(".wl").get_attribute("data-image")
            saved = (
                "document.querySelector('.wl').dataset.unsaved === '0'"
                f" && document.querySelector('.wl').dataset.image !== '{shown}'"
            )
            person.start("keydown", saved)
        for person in people:
            person.page.keyboard.press(str(n % 9 + 1))
        for person in people:
            figures.add("key → saved", person.took(), SAVED)
        people[0].page.wait_for_timeout(THINKING)
    return {
        "sessions": sessions,
        "answers": sessions * ROUNDS,
        "events": len(server.events()) - len(before),
        **figures.table()[0],
    }


def prepared(asked: argparse.Namespace, folder: Path) -> Path:
    """A copy of the workspace with the classes and, where folders are named like them, 300 labels.

    A model of none is quick: people wait for one of several hundred, judged on its audit images.
    What the app finds once per workspace and keeps (map, neighbours, duplicates) is there.
    """
    copy = folder / "workspace"
    shutil.copytree(asked.workspace, copy, ignore=shutil.ignore_patterns("labels.sqlite*"))
    project = Project.open(asked.images, copy)
    if asked.classes:
        classes = tuple((name, expand(name)) for name in asked.classes)
        project.vocabulary_file.save_classes(Vocabulary(classes))
    workspace = project.workspace
    assert workspace.encoder is not None, "embed the images first: winnow embed"
    project.use(load_encoder(workspace.encoder.spec, "cpu"))
    snapshot = project.snapshot()
    make_layout(snapshot, Report())
    groups_of(snapshot)
    learner(snapshot)
    truth = folder_truth(snapshot.pool, snapshot.names)
    rows = np.random.default_rng(0).permutation(len(project.pool()))[: LABELS - AUDITED]
    chosen = dict.fromkeys([*snapshot.audit_order[:AUDITED], *rows])
    ids, paths = project.pool().ids, project.pool().paths
    named = [(ids[row], truth.get(paths[row])) for row in chosen]
    project.labels.add([Event(i, name) for i, name in named if name], "benchmark", "benchmark")
    return copy


def timings(
    new_screen: Callable[[], Screen], server: Server, figures: Figures, asked: list[str] | None
) -> None:
    """All that has a limit in milliseconds, or the parts of it that are asked for."""
    screen = new_screen()
    figures.add("first page of a new server", screen.load("/", "Data"))
    search(screen, "a red thing")
    tags(screen)
    for name in PAGES:  # once each, so that what is computed once per server is there
        figures.add("first visit of each page on a new server", screen.go(name))
        screen.page.wait_for_timeout(THINKING)
        screen.settle()
    parts = {
        "label": lambda: label(screen, KEYS, figures),
        "prompts": lambda: edits(screen, server, EDITS, figures),
        "lasso": lambda: lassos(screen, server, LASSOS, figures),
        "pages": lambda: switches(screen, server, figures),
        "map": lambda: paints(screen, new_screen, figures),
    }
    for name in asked or parts:
        parts[name]()
        print(as_text({"timings": figures.table()}), file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--classes", nargs="+", help="else those of the workspace")
    only = ["label", "prompts", "lasso", "pages", "map"]
    parser.add_argument("--only", nargs="+", choices=only, help="not all that is timed")
    parser.add_argument("--minutes", type=float, help="use the app for so long, tell its memory")
    parser.add_argument("--two", action="store_true", help="two people label at once")
    parser.add_argument("--sessions", type=int, help="so many people label at once")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures, result = Figures(), {"load_before": os.getloadavg()}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        workspace = prepared(asked, Path(folder))
        names = Project.open(asked.images, workspace).classes().names
        server = Server(asked.images, workspace, Path(folder) / "home")

        def new_screen() -> Screen:
            return Screen(browser, server, len(names))

        try:
            if asked.minutes:
                screen = new_screen()
                screen.load("/", "Data")
                search(screen, "a red thing")
                tags(screen)
                result["memory"] = memory(screen, server, asked.minutes)
            elif asked.two:
                result["two"] = two(new_screen, server)
            elif asked.sessions:
                result["crowd"] = crowd(new_screen, server, asked.sessions)
            else:
                timings(new_screen, server, figures, asked.only)
                result["timings"] = figures.table()
        finally:
            server.stop()
    result["load_after"] = os.getloadavg()
    print(json.dumps(result, indent=1) if asked.json else as_text(result))


def as_text(result: dict[str, object]) -> str:
    """The figures as Markdown."""
    lines = []
    for row in result.get("timings", []):
        if not lines:
            lines += ["| | n | median, ms | p95, ms | limit | |", "|---|---|---|---|---|---|"]
        kept = {None: "", True: "kept", False: "**missed**"}[row["kept"]]
        limit = "" if row["limit_ms"] is None else f"{row['limit_ms']:,}"
        lines.append(
            f"| {row['what']} | {row['n']} | {row['median_ms']:,} | {row['p95_ms']:,} "
            f"| {limit} | {kept} |"
        )
    lines += [f"{name}: {result[name]}" for name in result if name != "timings"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
