"""Try one: milliseconds from a picture dropped, and from a key pressed, to the answer.

    python benchmarks/try_one.py IMAGES --workspace WORKSPACE [--drops 20] [--keys 60]

The workspace must be embedded and have classes; everything happens on a temporary copy of it, in
which each image gets a title made of the name of its folder, 2,000 different ones in all (with
``--titles 0`` the words of the workspace are left as they are). Needs Playwright (a part of the
extra "dev") and a Chromium.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from driving import Screen, Server, chromium
from PIL import Image

from core.encoders.registry import load_encoder
from core.project.project import Project
from core.services.data.metadata import importing
from core.services.predict.predicting import predict
from core.services.predict.words import texts_of, use_words

DROP_LIMIT, KEY_LIMIT = 1_000, 300  # milliseconds
TYPED = "an old wooden ship with white sails near a green forest and a horse"
THINKING = 500  # ms between two keys or pictures
FIELD = ".st-key-try-drop input[type=file]"  # two while the page is drawn anew
SHOWN = "[...document.querySelectorAll('.wt-bars, .stMain ul')].map(one => one.innerText).join()"


def described(images: Path, workspace: Path, titles: int) -> None:
    """Give each image a title, and have titles count."""
    project = Project.open(images, workspace)
    project.use(load_encoder("starter", "cpu"))
    snapshot = project.snapshot()
    table = workspace / "titles.csv"
    lines = [
        f'"{path}",a {Path(path).parent.name} number {row % titles}'
        for row, path in enumerate(snapshot.pool.paths)
    ]
    table.write_text("\n".join(["path,title", *lines]))
    importing.import_metadata(snapshot, importing.of_table(snapshot, table), "titles")
    use_words(project.workspace, "{title}")
    snapshot = project.snapshot()
    begun = time.perf_counter()
    texts_of(snapshot)
    predict(snapshot)
    print(f"{len(snapshot):,} images, words and fit {time.perf_counter() - begun:.1f} s")


def drops(screen: Screen, count: int, seed: int = 0) -> list[float]:
    """Drop pictures that the collection does not have, others with each seed."""
    random, took = np.random.default_rng(seed), []
    for number in range(count):
        name, buffer = f"new-{seed}-{number}.jpg", io.BytesIO()
        pixels = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((1600, 1200)).save(buffer, "JPEG")
        there = f"[...document.images].some(one => one.title === '{name}' && one.complete)"
        answered = f"document.querySelector('.wt-bars') && ({SHOWN}) !== window.before"
        screen.page.evaluate(f"() => {{ window.before = {SHOWN}; }}")
        screen.start("change", f"{there} && {answered}")
        file = {"name": name, "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
        screen.page.wait_for_function(f"document.querySelectorAll('{FIELD}').length === 1")
        screen.page.locator(FIELD).set_input_files(file)
        took.append(screen.took())
        screen.page.wait_for_timeout(THINKING)
    return took


def keys(screen: Screen, count: int) -> list[float]:
    """Type words about the last picture, a key at a time."""
    took = []
    screen.page.get_by_role("textbox", name="Its words").focus()
    for letter in TYPED[:count]:
        if letter == " ":  # changes nothing before the next word begins
            screen.page.keyboard.press("Space")
            continue
        screen.page.evaluate(f"() => {{ window.before = {SHOWN}; }}")
        screen.start("keydown", f"({SHOWN}) !== window.before")
        screen.page.keyboard.press(letter)
        took.append(screen.took())
        screen.page.wait_for_timeout(THINKING)
    return took


def row(what: str, took: list[float], limit: float) -> dict[str, object]:
    high = float(np.percentile(took, 95))
    return {
        "what": what,
        "n": len(took),
        "median_ms": round(float(np.median(took))),
        "p95_ms": round(high),
        "limit_ms": limit,
        "kept": high <= limit,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--titles", type=int, default=2_000)
    parser.add_argument("--drops", type=int, default=20)
    parser.add_argument("--keys", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        shutil.copytree(asked.workspace, workspace)
        if asked.titles:
            described(asked.images, workspace, asked.titles)
        server = Server(asked.images, workspace, Path(folder) / "home")
        try:
            with chromium() as browser:
                screen = Screen(browser, server, 0)
                begun = time.perf_counter()
                screen.page.goto(screen.address("/try_one"))
                screen.page.get_by_text("Drop a picture to see").wait_for()
                print(f"opened on a fresh server in {time.perf_counter() - begun:.1f} s")
                screen.settle()
                drops(screen, 1)  # the first one starts threads and libraries
                table = [row("from drop to answer", drops(screen, asked.drops, 1), DROP_LIMIT)]
                table += [row("from key to answer", keys(screen, asked.keys), KEY_LIMIT)]
        finally:
            server.stop()
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
