"""The app with very many classes: 1,000 in 40 groups on 60,000 images, page by page.

    python benchmarks/leaves.py IMAGES --workspace WORKSPACE --views
    python benchmarks/leaves.py IMAGES --workspace WORKSPACE --views --labels 0
    python benchmarks/leaves.py IMAGES --workspace WORKSPACE --only first

The workspace must be embedded with the starter; everything happens on a temporary copy of it, or
on one that stays with ``--into``. Classes are ImageNet's with their real names, each in the group
whose name its text is most like; labels follow the prompts, every third the second likeliest
class, so that there is something to learn. Needs Playwright and a Chromium.

``--only first`` gives each page a new server and goes to it at once, while the labels are learned
for the first time: how soon something is drawn, and how soon it knows the labels.

"Processor" is what the server used, all cores together, from the click until its script has ended:
the honest figure on a machine that others use as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import driving
import numpy as np
from driving import READY, Screen, Server, chromium

from core.encoders.base import unit_rows
from core.encoders.registry import load_encoder
from core.encoders.starter.classes import texts
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.services.data.duplicates import groups_of
from core.services.export.runs import options, plan
from core.services.predict.predicting import by_prompts, estimates, learner, predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.workbench import bench, flips
from core.store.labels.base import Event

GROUPS = (
    "fish", "shark or ray", "songbird", "bird of prey", "water bird", "chicken or game bird",
    "frog or salamander", "lizard", "snake", "turtle", "crocodile or dinosaur", "spider",
    "insect", "butterfly", "crab or lobster", "shell or snail", "jellyfish, coral or worm", "hound",
    "terrier", "working dog", "toy dog", "wild dog", "cat", "bear", "monkey or ape",
    "hoofed animal", "rodent or rabbit", "sea mammal", "musical instrument", "clothing and shoes",
    "furniture", "kitchen utensil", "tool", "computer or electronic device", "vehicle",
    "boat or ship", "aircraft", "building", "container or bag", "fruit, vegetable or food",
)  # fmt: skip
AUDITED = 60
ROUNDS, KEYS, EDITS = 3, 30, 8
MEANT = ("a dog", "a red car", "an airplane in the sky", "a ship at sea")  # each takes other images
VIEWS = {
    "Prompts": ["Compare versions", "Refinement", "Suggestions", "Words"],
    "Label": ["Grid of exceptions", "Sign a folder"],
    "Metrics": ["Classes", "Thresholds", "Suspect labels", "Compare models", "What changed"],
}
FOLLOWS = ("Suspect labels", "Compare models")
"""Views that are drawn at once and whose result follows."""
LEARNING = (
    "/Your labels are being learned|are being compared with all classes/"
    ".test(document.body.innerText)"
)
"""That a page says so while it is drawn without what follows from the labels, or the prompts."""
FIRST = {"Prompts": "Edit", "Label": "One by one", "Metrics": "Quality"}


def classes(count: int) -> Vocabulary:
    """``count`` classes of ImageNet, each in a group, with prompts."""
    encoder = load_encoder("starter", "cpu")
    first = dict[int, str]()
    for row, text in texts():
        first.setdefault(row, text)
    entries = list(first.values())[:: max(1, len(first) // count)][:count]
    chosen, about = list[str](), list[str]()
    for entry in entries:
        name, definition = entry.split(": ", 1)
        taken = name.lower() in {other.lower() for other in chosen}
        chosen.append(f"{name} ({definition[:40].strip()})" if taken else name)
        about.append(entry)
    vectors = encoder.encode_texts(about)
    groups = encoder.encode_texts([f"a kind of {group}" for group in GROUPS])
    # Each group's own mean is taken away, so that none draws everything.
    alike = unit_rows(vectors) @ unit_rows(groups).T
    near = (alike - alike.mean(axis=0)).argmax(axis=1)
    own = tuple((n, (f"a photo of a {n}", text)) for n, text in zip(chosen, about, strict=True))
    return Vocabulary(own).in_groups(
        [(group, [], "") for group in GROUPS],
        {name: GROUPS[at] for name, at in zip(chosen, near, strict=True)},
    )


def prepared(asked: argparse.Namespace, folder: Path) -> Path:
    """A copy of the workspace with the classes and their labels, and what it finds once."""
    copy = asked.into or folder / "workspace"
    if copy.exists():
        return copy
    shutil.copytree(
        asked.workspace, copy, ignore=shutil.ignore_patterns("labels.sqlite*", "history*")
    )
    project = Project.open(asked.images, copy)
    project.vocabulary_file.save_classes(classes(asked.leaves))
    project.use(load_encoder("starter", "cpu"))
    snapshot = project.snapshot()
    make_layout(snapshot, Report())
    groups_of(snapshot)
    if asked.labels:
        project.labels.add(labels(snapshot, asked.labels), "benchmark", "benchmark")
    return copy


def labels(snapshot: Snapshot, count: int) -> list[Event]:
    """Labels that follow the prompts with errors, those of random images among them."""
    random = np.random.default_rng(0)
    rest = random.permutation(len(snapshot))[: count - min(AUDITED, count)]
    rows = list(dict.fromkeys([*snapshot.audit_order[: min(AUDITED, count)], *rest]))
    likely = np.argsort(-zero_shot(snapshot).scores[rows], axis=1)[:, :2]
    second = (np.arange(len(rows)) % 3 == 2).astype(int)
    ids = snapshot.pool.ids
    return [Event(ids[row], snapshot.names[likely[n, second[n]]]) for n, row in enumerate(rows)]


class Figures:
    """Milliseconds by name: of the wall and of the processor."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[float, float]]] = {}

    def add(self, name: str, wall: float, used: float) -> None:
        self.rows.setdefault(name, []).append((wall, used))
        print(f"{name}: {wall:,.0f} ms, processor {used:,.0f} ms", file=sys.stderr, flush=True)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time what this process does."""
        wall, used = time.perf_counter(), time.process_time()
        yield
        self.add(name, 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - used))

    def table(self) -> str:
        lines = [
            "| | n | median, ms | most, ms | processor, ms (median) |",
            "|---|---|---|---|---|",
        ]
        for name, values in self.rows.items():
            wall, used = np.array(values).T
            lines.append(
                f"| {name} | {len(wall)} | {np.median(wall):,.0f} | {wall.max():,.0f} "
                f"| {np.median(used):,.0f} |"
            )
        return "\n".join(lines)


def work(asked: argparse.Namespace, workspace: Path, figures: Figures) -> None:
    """What is worked out, without a screen."""
    project = Project.open(asked.images, workspace)
    project.use(load_encoder("starter", "cpu"))
    snapshot = project.snapshot()
    with figures.timed("first scores by the prompts"):
        zero_shot(snapshot)
    with figures.timed("what each class would take"):
        bench(snapshot)
    for kind in ("as written", "one prompt changed"):
        name, prompts = snapshot.classes.classes[7]
        changed = (name, (*prompts, f"{kind} {name}"))
        now = snapshot.classes.with_classes(
            [changed if n == 7 else one for n, one in enumerate(snapshot.classes.classes)]
        )
        with figures.timed(f"scores and takes again, {kind}"):
            bench(project.snapshot(now))
        with figures.timed(f"versions compared, {kind}"):
            flips(snapshot, snapshot.classes, now)
    with figures.timed("what the prompts alone say, while labels are learned"):
        by_prompts(snapshot)
    with figures.timed("the model before any label"):
        learner(snapshot)
    with figures.timed("a round of learning"):
        predictions = predict(snapshot)
    with figures.timed("what the random images say of it"):
        estimates(snapshot, predictions)
    with figures.timed("the plan of an export"):
        plan(snapshot, predictions, [], options("copy", None, None, 0), None)
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def visited(
    screen: Screen, server: Server, name: str, go: Callable[[], float]
) -> tuple[float, float]:
    before = server.processor()
    wall = go()
    screen.settle()
    return wall, server.processor() - before


def pages(screen: Screen, server: Server, figures: Figures, views: bool) -> None:
    """Every page, several times, and the views of some."""
    for turn in range(ROUNDS + 1):
        for name in READY:
            if screen.page.get_by_role("heading", name=name, exact=True).count():
                continue
            took = visited(screen, server, name, lambda name=name: go(screen, name))
            figures.add(f"{name}, first visit" if not turn else name, *took)
            for view in VIEWS.get(name, []) if views and turn == ROUNDS else []:
                took = visited(screen, server, name, lambda view=view: press(screen, view))
                figures.add(f"{name}: {view}", *took)
                if view in FOLLOWS:
                    took = visited(screen, server, name, lambda: follow(screen))
                    figures.add(f"{name}: {view}, until its result is there", *took)
            if views and turn == ROUNDS and name in FIRST:
                # A page comes back with the view that it was left with, which others wait for.
                press(screen, FIRST[name])
            screen.page.wait_for_timeout(700)


def go(screen: Screen, name: str) -> float:
    """Milliseconds from a click in the navigation to the page, or to what it says meanwhile."""
    heading = f"document.querySelector('h1')?.innerText === '{name}'"
    screen.start("click", f"({screen.ready(name)}) || ({heading} && {LEARNING})")
    screen.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    return screen.took()


def first_visits(asked: argparse.Namespace, workspace: Path, home: Path, figures: Figures) -> None:
    """Each page as the first that anybody goes to, on a new server."""
    driving.PATIENCE = 600_000
    with chromium() as browser:
        for name in (page for page in READY if page not in ("Data", "Search", "Tags")):
            server = Server(asked.images, workspace, home)
            screen = Screen(browser, server, asked.leaves)
            try:
                screen.load("/", "Data")
                arrive = partial(go, screen, name)
                took = visited(screen, server, name, arrive)
                figures.add(f"{name}, at once after the start", *took)
                before, begun = server.processor(), time.perf_counter()
                screen.wait(f"({screen.ready(name)}) && !{LEARNING}")
                wall = 1000 * (time.perf_counter() - begun)
                figures.add(f"{name}, from then until it knows the labels", wall,
                            server.processor() - before)  # fmt: skip
            finally:
                server.stop()


def press(screen: Screen, view: str) -> float:
    """Milliseconds from choosing a view until it is drawn."""
    begun = time.perf_counter()
    screen.page.get_by_role("radio", name=view, exact=True).click()
    screen.page.wait_for_timeout(200)
    screen.settle()
    return 1000 * (time.perf_counter() - begun)


def follow(screen: Screen) -> float:
    """Milliseconds until what a view works out in the background is drawn."""
    begun = time.perf_counter()
    screen.wait("!/the result follows/.test(document.body.innerText)")
    return 1000 * (time.perf_counter() - begun)


def keys(screen: Screen, figures: Figures, server: Server) -> None:
    """Classes given by the digits."""
    screen.go("Label")
    for _ in range(KEYS):
        shown = screen.page.locator(".wl").get_attribute("data-image")
        before = server.processor()
        screen.start(
            "keydown",
            f"document.querySelector('.wl').dataset.image !== '{shown}'"
            " && document.querySelector('.wl').dataset.image && loaded('.wl-stage img')",
        )
        screen.page.keyboard.press("1")
        took = screen.took()
        screen.page.wait_for_timeout(300)
        figures.add("key → next image", took, server.processor() - before)


def edits(screen: Screen, figures: Figures, server: Server) -> None:
    """One prompt that says something else each time; what it takes follows."""
    takes = "[...document.querySelectorAll('p')].filter(p => /takes .* images/.test(p.innerText))"
    screen.go("Prompts")
    for n in range(EDITS):
        field = screen.page.locator("textarea.wp").first
        field.click()
        screen.page.keyboard.press("ControlOrMeta+a")
        text = MEANT[n % len(MEANT)]
        screen.page.keyboard.type(text[:-1], delay=40)
        shown = json.dumps(screen.page.evaluate(f"() => {takes}.map(p => p.innerText).join()"))
        before = server.processor()
        screen.start(
            "keydown", f"{takes}.map(p => p.innerText).join() !== {shown} && {takes}.length"
        )
        screen.page.keyboard.press(text[-1])
        took = screen.took()
        screen.settle()
        figures.add("prompt edit → preview", took, server.processor() - before)
        screen.page.wait_for_timeout(700)


def on_screen(asked: argparse.Namespace, workspace: Path, home: Path, figures: Figures) -> None:
    """Everything that has a screen."""
    driving.PATIENCE = 600_000  # the first round of learning takes a while
    with chromium() as browser:
        server = Server(asked.images, workspace, home)
        screen = Screen(browser, server, asked.leaves)
        try:
            screen.load("/", "Data")
            search(screen)
            pages(screen, server, figures, asked.views)
            keys(screen, figures, server)
            edits(screen, figures, server)
            print(f"memory of the server: {server.memory():,.0f} MB")
        finally:
            server.stop()


def search(screen: Screen) -> None:
    """Search for something, and begin with tags, so that these pages have something to show."""
    screen.page.goto(screen.address("/search?q=a+red+thing"))
    screen.wait(screen.ready("Search"))
    screen.settle()
    screen.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tags").click()
    screen.page.get_by_role("heading", name="Tags", exact=True).wait_for()
    screen.settle()
    begin = screen.page.get_by_role("button", name="Use the", exact=False).first
    if begin.count():  # a workspace that stays has its tags already
        begin.click()
    screen.wait(screen.ready("Tags"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--into", type=Path, help="where the copy stays, or lies already")
    parser.add_argument("--leaves", type=int, default=1_000)
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--views", action="store_true", help="also the views of pages")
    parser.add_argument("--only", choices=["work", "browser", "first", "prepare"])
    asked = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepared(asked, Path(folder))
        if asked.only in (None, "work"):
            work(asked, workspace, figures)
        if asked.only in (None, "browser"):
            on_screen(asked, workspace, Path(folder) / "home", figures)
        if asked.only in (None, "first"):
            first_visits(asked, workspace, Path(folder) / "home", figures)
    print(figures.table())
    print(f"load: {os.getloadavg()}")


if __name__ == "__main__":
    main()
