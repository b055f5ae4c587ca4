"""What the browser itself takes for a page: processor time of Chromium's main thread, by page.

    python benchmarks/drawing.py IMAGES --workspace WORKSPACE --classes airplane automobile …
    python benchmarks/drawing.py IMAGES --workspace WORKSPACE --profile Metrics
    python benchmarks/drawing.py IMAGES --workspace WORKSPACE --against CHECKOUT

Pages are visited in turn, at rest: nothing is being learned. The figures are processor time and
counts, so they mean something on a busy machine, where times on a clock do not. ``--profile``
says which functions of the page's scripts took it; ``--against`` compares with another version of
Winnow, a checkout with a `.venv` of its own, page by page in turns. See app.py for what is needed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from app import RESTING, prepared, search, tags
from driving import PATIENCE, READY, Screen, Server, chromium

from core.project.project import Project

VISITS, STILL = 5, 1_500  # visits of each page; ms for which a page is left alone once it is there
LOOK = 500  # ms between looks whether it is there: more of them would be in the figures
TIMES = {"Task": "main thread", "Script": "scripts", "RecalcStyle": "styles", "Layout": "layout"}
# How often the page's script runs on arrival, and how many elements are made: by Streamlit's count,
# and by the browser's.
COUNTING = """
window.runs = 0;
addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
  for (const change of changes) {
    const now = change.target.dataset?.testScriptState;
    if (now === 'running' && change.oldValue !== 'running') window.runs += 1;
  }
}).observe(document, { subtree: true, attributes: true, attributeOldValue: true,
  attributeFilter: ['data-test-script-state'] }));
"""
COUNTS = """() => ({
  "elements": document.querySelectorAll('.stElementContainer').length,
  "nodes": document.querySelectorAll('body *').length,
})"""


class Thread:
    """The main thread of a page."""

    def __init__(self, screen: Screen) -> None:
        self.page = screen.page
        self.devtools = self.page.context.new_cdp_session(self.page)
        self.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used(self) -> dict[str, float]:
        """Milliseconds of processor time so far, by what it went to."""
        listed = self.devtools.send("Performance.getMetrics")["metrics"]
        values = {metric["name"]: 1000 * metric["value"] for metric in listed}
        return {title: values[f"{name}Duration"] for name, title in TIMES.items()}


def visit(screen: Screen, thread: Thread, name: str) -> dict[str, float]:
    """One switch to a page: what it took, how often its script ran, how much there is."""
    before = thread.used()
    screen.page.evaluate("() => { window.runs = 0; }")
    go(screen, name)
    used = {title: value - before[title] for title, value in thread.used().items()}
    runs = screen.page.evaluate("() => window.runs")
    return {**used, "runs": runs, **screen.page.evaluate(COUNTS)}


def go(screen: Screen, name: str) -> None:
    """Switch to a page and wait until all is drawn, without work for its main thread."""
    screen.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    for _ in range(PATIENCE // LOOK):
        screen.page.wait_for_timeout(LOOK)
        if screen.page.evaluate(f"() => Boolean({screen.ready(name)})"):
            break
    screen.page.wait_for_timeout(STILL)


def profile(screen: Screen, thread: Thread, name: str) -> list[tuple[float, str]]:
    """Milliseconds of a switch by function, the most first; see Chrome's DevTools protocol."""
    devtools = thread.devtools
    devtools.send("Profiler.enable")
    devtools.send("Profiler.setSamplingInterval", {"interval": 200})
    devtools.send("Profiler.start")
    go(screen, name)
    found: dict[str, Any] = devtools.send("Profiler.stop")["profile"]
    nodes = {node["id"]: node["callFrame"] for node in found["nodes"]}
    spent: Counter[str] = Counter()
    for node, gap in zip(found["samples"], found["timeDeltas"], strict=True):
        frame = nodes[node]
        script = frame["url"].rpartition("/")[2]
        spent[f"{frame['functionName'] or 'anonymous'} {script}:{frame['lineNumber']}"] += gap
    return [(gap / 1000, function) for function, gap in spent.most_common(25)]


def compare(now: Screen, before: Screen) -> str:
    """Two versions side by side, as Markdown: medians of the main thread, and their ratio."""
    sides = [(before, Thread(before)), (now, Thread(now))]
    seen: dict[str, list[list[dict[str, float]]]] = {name: [[], []] for name in READY}
    for turn in range(VISITS + 1):
        for name in READY:
            for at in (0, 1) if turn % 2 else (1, 0):
                screen, thread = sides[at]
                screen.page.bring_to_front()
                figures = visit(screen, thread, name)
                if turn:  # what is loaded and worked out once is not of a switch
                    seen[name][at].append(figures)
    rows = ["| page | before | now | ratio | elements before, now |", "|---|---|---|---|---|"]
    for name, both in seen.items():
        took = [statistics.median(one[TIMES["Task"]] for one in visits) for visits in both]
        counts = [statistics.median(one["elements"] for one in visits) for visits in both]
        rows.append(
            f"| {name} | {took[0]:,.0f} | {took[1]:,.0f} | {took[1] / took[0]:.2f} "
            f"| {counts[0]:.0f}, {counts[1]:.0f} |"
        )
    return "\n".join(rows)


def states_of(checkout: Path) -> dict[str, str]:
    """When a page of another version is there, as its own benchmarks say."""
    spec = spec_from_file_location("driving_before", checkout / "benchmarks/driving.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    states: dict[str, str] = module.READY
    return states


def begun(screen: Screen) -> Screen:
    """On the first page, with something to see on all others."""
    screen.page.add_init_script(COUNTING)
    screen.load("/", "Data")
    search(screen, "a red thing")
    tags(screen)
    screen.page.wait_for_timeout(RESTING)
    return screen


def measure(screen: Screen, profiled: str | None) -> str:
    """The table, or the profile of one page, as Markdown."""
    thread = Thread(screen)
    seen: dict[str, list[dict[str, float]]] = {}
    for turn in range(VISITS + 1):
        for name in READY:
            if name == profiled and turn == VISITS:
                lines = profile(screen, thread, name)
                return "\n".join(f"{took:8.1f} ms  {function}" for took, function in lines)
            figures = visit(screen, thread, name)
            if turn:  # what is loaded and worked out once is not of a switch
                seen.setdefault(name, []).append(figures)
    columns = list(next(iter(seen.values()))[0])
    rows = ["| page | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, visits in seen.items():
        middle = [statistics.median(one[column] for one in visits) for column in columns]
        rows.append(f"| {name} | " + " | ".join(f"{value:,.0f}" for value in middle) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--classes", nargs="+", help="else those of the workspace")
    parser.add_argument("--profile", choices=list(READY), help="which functions one page takes")
    parser.add_argument("--against", type=Path, help="a checkout of another version")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        workspace = prepared(asked, Path(folder))
        names = Project.open(asked.images, workspace).classes().names
        servers = []
        if asked.against:  # of the same state, so copied before anything is done
            copy = shutil.copytree(workspace, Path(folder) / "before")
        try:
            servers.append(Server(asked.images, workspace, Path(folder) / "home"))
            screen = begun(Screen(browser, servers[0], len(names)))
            if not asked.against:
                print(measure(screen, asked.profile))
                return
            python = asked.against / ".venv/bin/python"
            servers.append(Server(asked.images, copy, Path(folder) / "home-before", python))
            other = Screen(browser, servers[1], len(names), states_of(asked.against))
            print(compare(screen, begun(other)))
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
