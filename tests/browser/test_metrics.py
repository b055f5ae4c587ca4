"""Measuring in a real Chromium: a cell of the matrix, sources, suspects, models, downloads."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from core.store.catalog import read_catalog
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"
WRONG = 5


def give_labels(folder: Path) -> None:
    """Every fourth image gets its true class, the first few another one."""
    with (SAMPLE / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["path"]: row["label"] for row in csv.DictReader(file)}
    known = read_catalog(folder / "catalog.parquet").select("path", "id").iter_rows()
    chosen = sorted((path, image) for path, image in known if path in truth)[::4]
    names = sorted(set(truth.values()))
    events = [
        Event(image, names[names.index(truth[path]) - 1] if n < WRONG else truth[path])
        for n, (path, image) in enumerate(chosen)
    ]
    LabelStore(folder / "labels.sqlite").add(events, "somebody", "test")


def shown_view(page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def test_a_cell_of_the_matrix_shows_its_images_and_can_be_linked(page, go, picture) -> None:
    go("Metrics")
    page.get_by_text("Accuracy", exact=True).wait_for()
    cells = page.locator(".wmx td")
    cells.nth(98).hover()
    page.get_by_text(re.compile("^true vehicle · predicted .* images$")).wait_for()
    cells.nth(98).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("cell-said=vehicle"))
    count = page.get_by_role("paragraph").filter(has_text=re.compile(r"^\d+ images(, the first|$)"))
    count.wait_for()
    page.locator(".wn-grid img").first.wait_for()
    picture("metrics")
    said = count.inner_text()
    page.reload()
    count.wait_for()
    assert count.inner_text() == said
    assert page.get_by_role("combobox", name="True class").input_value() == "vehicle"
    with page.expect_download() as got:
        page.get_by_role("button", name="Matrix as CSV").click()
    table = list(csv.reader(got.value.path().open(encoding="utf-8")))
    assert int(table[-1][-1]) == int(said.split()[0])


def test_an_address_with_nonsense_is_no_error(page, server, workspace) -> None:
    nonsense = "cell-true=%3Cscript%3E&cell-said=nobody&truth-source=../etc&metrics-view=x"
    page.goto(f"{server[0]}/metrics?w={workspace().name}&{nonsense}")
    page.get_by_text("Accuracy", exact=True).wait_for()
    page.get_by_role("combobox", name="True class").wait_for()
    assert page.get_by_test_id("stException").count() == 0


def test_labels_suspects_and_models(page, go, picture, workspace) -> None:
    give_labels(workspace())
    go("Label")
    go("Metrics")
    shown_view(page, "All labels")
    page.get_by_text(re.compile("these figures are")).wait_for()
    page.get_by_text("Accuracy", exact=True).wait_for()
    sort = page.get_by_role("button", name=re.compile("^F1( [↑↓])?$"))
    for way, order in (("ascending", 1), ("descending", -1)):
        sort.click()
        page.locator(f".wtb th[aria-sort={way}]").wait_for()
        shares = page.locator(".wtb tr td:nth-child(4)").all_inner_texts()
        values = [order * float(text.rstrip("%")) for text in shares if text != "–"]
        assert len(values) > 5 and values == sorted(values)
    with page.expect_download() as got:
        page.get_by_role("button", name="Table as CSV").click()
    rows = list(csv.DictReader(got.value.path().open(encoding="utf-8")))
    assert sum(int(row["images"]) for row in rows) > 100
    shown_view(page, "Suspect labels")
    page.get_by_text(re.compile(r"labels are unlike what a model")).wait_for()
    keep = page.get_by_role("button", name=re.compile("^Keep "))
    keep.first.wait_for()
    picture("metrics-suspects")
    keep.first.click()
    page.get_by_text(re.compile("^Kept as ")).wait_for()
    shown_view(page, "Compare models")
    page.get_by_role("button", name="Table as CSV").wait_for()
    picture("metrics-models")
    with page.expect_download() as got:
        page.get_by_role("button", name="Table as CSV").click()
    models = list(csv.DictReader(got.value.path().open(encoding="utf-8")))
    assert len(models) >= 2
    assert all(0 <= float(row["accuracy"]) <= 1 for row in models)
