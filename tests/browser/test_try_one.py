"""One picture in a real Chromium: dropped, its words typed, the answer followed, a label given."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
from pathlib import Path

import pytest
from browser.screens import violations
from PIL import Image, ImageOps

from core.store.csv_tables import read_labels

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"
TRUTH = read_labels(SAMPLE / "truth.csv")
CHANGED = """before => {
  const bars = document.querySelector('.wt-bars');
  return bars !== null && bars.innerText !== before;
}"""
PASTE = """code => {
  const bytes = Uint8Array.from(atob(code), letter => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
  document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a title of most pictures of the sample, which names the class."""
    path = tmp_path_factory.mktemp("titles") / "titles.csv"
    rows = [f"{name},{f'my {label}' if n % 4 else ''}" for n, (name, label) in
            enumerate(sorted(TRUTH.items()))]  # fmt: skip
    path.write_text("\n".join(["path,title", *rows]))
    return path


def mirrored(label: str) -> bytes:
    """A picture of a class as the sample has none."""
    name = next(name for name, own in sorted(TRUTH.items()) if own == label)
    buffer = io.BytesIO()
    ImageOps.mirror(Image.open(SAMPLE / name).convert("RGB")).save(buffer, "PNG")
    return buffer.getvalue()


def drop(page, data: bytes, shown: str, name: str = "") -> None:
    """Drop a picture; wait until it is there, under the name that it is shown by."""
    file = {"name": name or shown, "mimeType": "image/png", "buffer": data}
    page.locator(".st-key-try-drop input[type=file]").set_input_files(file)
    page.get_by_role("img", name=shown, exact=True).first.wait_for()


def stored(workspace: Path) -> list[str]:
    """The labels that this page gave and nobody took back."""
    query = "SELECT class FROM events WHERE undone_by IS NULL AND source = 'try'"
    with sqlite3.connect(workspace / "labels.sqlite") as labels:
        return [row[0] for row in labels.execute(query)]


def classes() -> list[str]:
    return sorted(set(TRUTH.values()))


def test_without_a_picture_it_says_what_to_do(page, go, picture) -> None:
    go("Try one")
    page.get_by_text("Drop a picture to see what it is taken for").wait_for()
    assert page.get_by_role("textbox", name="Its words").is_disabled()
    assert violations(page) == []
    picture("try-one-empty")


def test_where_no_words_count_it_says_so(page, go) -> None:
    go("Try one")
    drop(page, mirrored(classes()[0]), "mirror <b>.png")
    page.get_by_text("Labeled images that look like it").wait_for()
    page.get_by_role("textbox", name="Its words").fill("anything")
    page.get_by_text("no column speaks beside the pictures").wait_for()


def test_words_count(page, go, titles: Path) -> None:
    go("Data")
    page.get_by_text("Columns", exact=True).first.click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="A table with a row")
    uploader.locator("input[type=file]").set_input_files(titles)
    page.get_by_role("button", name="Take these columns").click()
    page.get_by_text("Last import: titles.csv").wait_for()
    go("Prompts")
    page.get_by_text("Words", exact=True).first.click()
    page.get_by_role("combobox", name="Columns that count").click()
    page.get_by_role("option", name="title").click()
    page.get_by_text(re.compile("images say something")).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Let these words count").click()
    page.get_by_text("In this question words count").wait_for(timeout=120_000)


def test_a_picture_is_dropped_described_and_labeled(page, go, picture, workspace) -> None:
    go("Try one")
    first, other = classes()[0], classes()[-1]
    drop(page, mirrored(first), "mirror.png")
    field = page.get_by_role("textbox", name="Its words")
    shown = None
    for words in (other, first, other):  # the answer follows what is typed
        field.fill(f"my {words}")
        page.wait_for_function(CHANGED, arg=shown)
        page.get_by_text("Labeled images with such words").or_(
            page.get_by_text("Prompts nearest to the words")
        ).first.wait_for()
        shown = page.locator(".wt-bars").inner_text()
    page.get_by_role("columnheader", name="Words alone").wait_for()
    page.get_by_role("button", name="Add it with this label").wait_for()
    picture("try-one")
    assert violations(page) == []
    # One of the collection needs no copy: it is labeled where it lies.
    name = next(name for name, own in sorted(TRUTH.items()) if own == first)
    drop(page, (SAMPLE / name).read_bytes(), name, "image.jpg")
    page.get_by_text(f"It is {name} of this collection").wait_for()
    page.get_by_role("combobox", name="What it is").click()
    page.get_by_role("option", name=first, exact=True).click()
    page.get_by_role("button", name="Label it", exact=True).click()
    page.get_by_text(f"{name} labeled {first}; saved.").wait_for()
    assert stored(workspace()) == [first]
    page.get_by_text(f"people say it is {first}").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="detached")
    assert stored(workspace()) == []


def test_a_pasted_picture_is_one_that_was_dropped(page, go) -> None:
    go("Try one")
    page.get_by_text("Drop a picture, or paste one").wait_for()
    page.get_by_role("textbox", name="Its words").wait_for()
    page.evaluate(PASTE, base64.b64encode(mirrored(classes()[1])).decode())
    page.get_by_role("img", name="pasted.png", exact=True).wait_for()


def test_what_is_no_picture_is_refused_in_a_sentence(page, go) -> None:
    go("Try one")
    file = {"name": "x.png", "mimeType": "image/png", "buffer": b"<html>"}
    page.locator(".st-key-try-drop input[type=file]").set_input_files(file)
    page.get_by_role("alert").filter(has_text="x.png").wait_for()
