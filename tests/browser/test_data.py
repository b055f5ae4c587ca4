"""The Data page in a real Chromium: a folder with trouble in it, and labels that people bring."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from browser.screens import DRAWN, unfold
from PIL import Image
from playwright.sync_api import Error as PlaywrightError

from core.store.backups.taking import back_up
from core.store.catalog import read_catalog
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore
from core.store.workspace import load

SUBMIT = "[data-testid$=FormSubmit]"
SAMPLE = Path(__file__).parents[2] / "sample_data/images"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve good pictures, a copy, a blank one, a broken one, and a file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    for path in sorted(SAMPLE.glob("*.jpg"))[:12]:
        shutil.copy(path, folder)
    first = min(folder.iterdir())
    shutil.copy(first, folder / "copy.jpg")
    Image.new("RGB", (320, 240), "white").save(folder / "blank.png")
    (folder / "broken.jpg").write_bytes(first.read_bytes()[:300])
    (folder / "notes.txt").write_text("no picture")
    return folder


def labels_of(server: tuple[str, Path], folder: Path) -> list[tuple[str, str]]:
    """Path's stem and class of the labels of the folder's workspace."""
    homes = (server[1] / "data/winnow/workspaces").iterdir()
    home = next(path for path in homes if path.name.startswith(folder.name))
    with sqlite3.connect(home / "labels.sqlite") as labels:
        query = "SELECT image_id, class FROM events WHERE undone_by IS NULL"
        return labels.execute(query).fetchall()


def open_it(page, folder: Path) -> None:
    field = page.get_by_role("textbox", name="Image folder or archive")
    if not field.is_visible():  # it stays open when another folder is there
        unfold(page, "Open another folder")
    page.wait_for_function(DRAWN)
    field.fill(str(folder))
    page.locator(SUBMIT).first.click()
    page.get_by_text(f"Images in {folder}").wait_for()


def test_a_press_while_the_scan_ends_is_not_lost(page, folder: Path) -> None:
    open_it(page, folder)
    # At once, whatever the scan is doing: the page is drawn anew when it ends.
    page.get_by_role("button", name="Embed the images").click()
    page.get_by_text(re.compile(r"14 images ready|13 images ready")).wait_for(timeout=180_000)


def test_pictures_are_there_before_embedding(page, folder: Path, tmp_path: Path, picture) -> None:
    fresh = shutil.copytree(folder, tmp_path / "fresh")
    open_it(page, fresh)
    tile = page.locator('.wn-grid img[src*="/thumb/"]')
    tile.nth(3).wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.wn-grid img')]"
        ".filter(image => image.naturalWidth).length > 9"
    )
    for image in tile.all():
        source = image.get_attribute("src") or ""
        assert "fresh" not in source and ".jpg" not in source
    picture("data-before-embedding")
    open_it(page, folder)


def test_what_was_found_and_what_is_wrong_with_it(page, picture) -> None:
    page.get_by_text(re.compile("The folder holds 15 images")).wait_for()
    page.get_by_text(re.compile("1 other file is ignored")).wait_for()
    page.get_by_text("1 rejected files and why").wait_for()
    table = page.get_by_test_id("stDataFrame").filter(has_text="broken.jpg")
    table.locator("td", has_text="broken.jpg").wait_for(state="attached")
    page.get_by_text(re.compile(r"^Blank: 1$")).wait_for()
    duplicates = page.locator(".wnm > div").filter(has_text="Exact duplicates")
    assert duplicates.locator("dd").inner_text() == "1"
    picture("data-problems")


def drop(page, table: Path) -> None:
    """Where labels are dropped; it is unfolded while there are none."""
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="path,label")
    uploader.locator("input[type=file]").set_input_files(table)


def test_labels_are_taken_from_a_file_and_taken_back(page, folder: Path, server, tmp_path) -> None:
    names = sorted(path.name for path in folder.glob("*.jpg") if path.name != "broken.jpg")[:6]
    lines = [f"{name},{'odd' if n % 2 else 'even'}" for n, name in enumerate(names)]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["path,label", *lines, "nowhere.jpg,odd", ""]))
    drop(page, table)
    button = page.get_by_role("button", name="Take these labels")
    button.wait_for()
    page.wait_for_function(DRAWN)  # what is drawn above it moves it
    button.click()
    page.get_by_text(re.compile("6 labels taken over. 1 paths are no embedded image")).wait_for()
    assert {label for _, label in labels_of(server, folder)} == {"odd", "even"}
    page.get_by_role("button", name="Undo").click()
    page.get_by_text(re.compile("labels taken over")).wait_for(state="detached")
    assert labels_of(server, folder) == []


def test_labels_without_their_columns_are_refused_in_a_sentence(page, tmp_path) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text("name;words\na.jpg;odd\n")
    drop(page, table)
    page.get_by_text("wrong.csv").first.wait_for()
    page.get_by_role("alert").filter(has_text="wrong.csv").wait_for()


def test_a_backup_is_put_back_on_the_page(page, folder: Path, server, picture) -> None:
    homes = (server[1] / "data/winnow/workspaces").iterdir()
    workspace = load(next(path for path in homes if path.name.startswith(folder.name)))
    ids = read_catalog(workspace.catalog)["id"].drop_nulls().to_list()
    store = LabelStore(workspace.labels)
    store.add([Event(ids[0], "odd")], "ann", "test")
    back_up(workspace, "before a test")
    store.add([Event(ids[0], "even"), Event(ids[1], "even")], "ann", "test")
    page.reload()
    page.get_by_text(re.compile("The folder holds")).wait_for()
    page.get_by_text(re.compile(r"^Backups of labels and classes: \d$")).click()  # or an hourly one
    field = page.get_by_role("combobox", name="Put back")
    found = page.get_by_role("option", name=re.compile("before a test"))
    shown = page.get_by_text(re.compile("2 labeled images now, 1 in the backup"))
    for _ in range(10):  # the list closes whenever background work ends and the page is drawn anew
        field.fill("")
        field.fill("before a test")
        with suppress(PlaywrightError):
            found.wait_for(timeout=3_000)
            field.press("Enter")
            shown.wait_for(timeout=3_000)
            break
    shown.wait_for()
    picture("data-backups")
    page.get_by_role("button", name="Put this backup back").click()
    page.get_by_text(re.compile("is put back")).wait_for()
    assert store.classes() == {ids[0]: "odd"}


def test_a_folder_that_was_moved_is_asked_about(page, folder: Path, server, picture) -> None:
    moved = folder.rename(folder.with_name("holiday [2024]"))
    page.reload()
    page.get_by_text(re.compile("The images are no longer in")).wait_for()
    picture("data-missing")
    unfold(page, "Open another folder")
    unfold(page, "1 recent folder is not found")
    page.get_by_text(re.compile("— not found")).wait_for()
    page.get_by_role("textbox", name="Image folder or archive").fill(str(moved))
    page.locator(SUBMIT).first.click()
    page.get_by_text(re.compile("seems to be a folder that was moved")).wait_for()
    picture("data-moved")
    page.get_by_role("button", name="Go on with the work on them").click()
    page.get_by_text(f"Images in {moved}").wait_for()
    page.get_by_text(re.compile("0 are new or changed")).wait_for()
    assert len(labels_of(server, folder)) > 0
