"""Columns in a real Chromium: imported after a look, then a filter, an order and a colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser.screens import DRAWN

from core.store.csv_tables import read_labels

pytestmark = pytest.mark.usefixtures("embedded")
SAMPLE = Path(__file__).parents[2] / "sample_data"
TILES = "() => [...document.querySelectorAll('.ws-tile')].length"


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of the sample's pictures: a maker, a price and a day each; one row of none."""
    path = tmp_path_factory.mktemp("products") / "products.csv"
    rows = [
        f"{name},{('Acme', 'Bolt', 'Cora')[n % 3]},{n / 4},2024-0{1 + n % 9}-11,Thing {n}"
        for n, name in enumerate(sorted(read_labels(SAMPLE / "truth.csv")))
    ]
    path.write_text("\n".join(["path,maker,unit price,sold,title", *rows, "gone.jpg,Acme,1,,x"]))
    return path


def test_a_table_is_looked_at_then_taken(page, products: Path, picture) -> None:
    page.get_by_text("Columns", exact=True).first.click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="A table with a row")
    uploader.locator("input[type=file]").set_input_files(products)
    page.get_by_text(re.compile(r"images get 4 columns; 1 of \d+ rows name no image")).wait_for()
    page.get_by_role("button", name="Take these columns").scroll_into_view_if_needed()
    picture("columns-look")
    page.get_by_role("button", name="Take these columns").click()
    page.get_by_text(re.compile(r"4 columns of \d+ images taken over from products.csv")).wait_for()
    page.get_by_text("Last import: products.csv").wait_for()
    picture("columns")


def test_results_are_filtered_and_sorted_by_columns(page, go, picture) -> None:
    go("Search")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="unit price").click()
    field = page.get_by_role("spinbutton", name="To")
    field.fill("1")
    field.press("Enter")
    page.get_by_text(re.compile("5 images pass the filters, by path")).wait_for()
    picture("columns-search-filter")
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Sort").click()
    page.get_by_role("option", name="unit price, descending").click()
    page.get_by_text(re.compile("5 images pass the filters, by unit price")).wait_for()
    assert page.evaluate(TILES) == 5
    picture("columns-search")


def test_results_stand_in_groups_that_fold_and_open(page, go, picture) -> None:
    page.get_by_role("combobox", name="Group by").click()
    page.get_by_role("option", name="maker").click()
    heads = page.locator(".ws-group")
    page.wait_for_function(DRAWN)
    heads.first.wait_for()
    page.get_by_role("button", name="Filters").click()
    field = page.get_by_role("spinbutton", name="To")
    field.fill("")
    field.press("Enter")
    page.get_by_text(re.compile("[0-9]{3} images pass the filters")).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function(DRAWN)
    assert heads.count() == 3 and page.evaluate(TILES) == 36
    picture("columns-groups")
    fold = heads.first.locator(".ws-fold")
    fold.click()
    assert fold.get_attribute("aria-expanded") == "false"
    assert page.locator(".ws-tile:visible").count() == 24
    page.get_by_role("button", name=re.compile(r"all \d+ images of Bolt")).click()
    page.get_by_text("maker: Bolt").wait_for()
    page.wait_for_function(DRAWN)
    assert page.evaluate(TILES) == 96  # its first page
    page.get_by_role("button", name="All groups").click()
    heads.nth(2).wait_for()


def test_the_map_is_coloured_and_filtered_by_columns(page, go, picture) -> None:
    go("Clusters")
    page.get_by_role("combobox", name="Colour by").wait_for(timeout=120_000)
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="maker").click()
    page.get_by_text("Bolt").first.wait_for()
    page.get_by_role("button", name=re.compile("^.*Filters")).click()
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="maker").click()
    page.get_by_role("combobox", name="Value").click()
    page.get_by_role("option", name="Cora").click()
    page.get_by_role("button", name="Filters (1)").wait_for()
    page.keyboard.press("Escape")
    picture("columns-clusters")
    page.get_by_role("combobox", name="Group by").click()
    page.get_by_role("option", name="sold, by month").click()
    page.wait_for_function(DRAWN)
    page.get_by_role("button", name=re.compile("^Group 1, 2024-03")).click()
    page.get_by_text(re.compile(r"\d selected")).first.wait_for()
    picture("columns-clusters-group")


def test_the_import_is_taken_back(page, go) -> None:
    go("Data")
    page.get_by_text("Columns: 4").click()
    page.get_by_role("button", name="Undo").last.click()
    page.get_by_text("The import of products.csv is taken back.").wait_for()
    page.get_by_text("Columns", exact=True).first.wait_for()
