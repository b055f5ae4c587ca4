"""Exporting in a real Chromium: the plan first, then the writing; nothing is overwritten."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from browser.screens import DRAWN

REPOSITORY = Path(__file__).parents[2]
STILL = "() => document.querySelector('[data-test-script-state=notRunning]') !== null"
pytestmark = pytest.mark.usefixtures("embedded")
REVIEW = (
    "() => [...document.querySelectorAll('.wnm > div')]"
    ".find(figure => figure.innerText.startsWith('For review'))"
    "?.querySelector('dd').innerText"
)


def into(page, folder: Path) -> None:
    field = page.get_by_role("textbox", name="New folder to write")
    field.fill(str(folder))
    field.press("Enter")


def test_a_folder_with_something_in_it_is_refused(page, go, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    go("Export")
    into(page, tmp_path)
    page.get_by_role("alert").filter(has_text=str(tmp_path.name)).wait_for()
    assert page.get_by_role("button", name=re.compile(r"Write \d+ images")).is_disabled()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_the_plan_follows_the_review_band_and_is_what_is_written(
    page, go, picture, tmp_path: Path
) -> None:
    go("Export")
    page.wait_for_function(f"() => ({REVIEW})() === '0'")
    page.get_by_text("Put unsure images into review/").click()
    page.get_by_text("Unsure means").wait_for()
    page.wait_for_function(f"() => Number(({REVIEW})()) > 0")
    review = int(page.evaluate(REVIEW))
    picture("export-plan")
    out = tmp_path / "sorted"
    into(page, out)
    write = page.get_by_role("button", name=re.compile(r"Write \d+ images"))
    images = int(write.inner_text().split()[1])
    write.click()
    page.get_by_text(re.compile(r"images written to")).first.wait_for()
    page.get_by_text(re.compile(r"winnow replay .*manifest\.json")).wait_for()
    picture("export-done")
    with page.expect_download() as got:
        page.get_by_role("button", name="Report").click()
    assert "<html" in got.value.path().read_text()
    pictures = {".jpg", ".jpeg", ".png", ".webp"}
    written = [path for path in out.rglob("*") if path.suffix.lower() in pictures]
    assert len(written) == images
    assert sum("review" in path.relative_to(out).parts for path in written) == review
    # The next name is proposed; what is there now is not written over.
    field = page.get_by_role("textbox", name="New folder to write")
    assert field.input_value() == f"{out}-2"
    into(page, out)
    page.get_by_role("alert").filter(has_text="not empty").wait_for()
    assert page.get_by_role("button", name=re.compile(r"Write \d+ images")).is_disabled()
    # Another plan has no success of its own yet.
    page.get_by_text("Put unsure images into review/").click()
    page.get_by_text(re.compile(r"images written to")).first.wait_for(state="detached")
    # What left review/ is all that is new.
    page.get_by_text("Only what is new").click()
    page.get_by_text(re.compile(r"Only what is new since the export sorted")).first.wait_for()
    page.get_by_role("button", name=re.compile(rf"Write {review} images")).wait_for()
    picture("export-only-new")


def test_what_was_learned_leaves_as_a_file_and_classifies_another_folder(
    page, go, picture, tmp_path: Path
) -> None:
    other, model, table = tmp_path / "other", tmp_path / "sample.winnow", tmp_path / "all.csv"
    images = sorted((REPOSITORY / "sample_data").rglob("*.jpg"))[:20]
    other.mkdir()
    for image in images:
        shutil.copy2(image, other / image.name)
    go("Export")
    page.get_by_text("Model file: take what was learned elsewhere").click()
    fill(page, "New model file to write", model)
    page.get_by_role("button", name="Make the model file").click()
    page.get_by_text(re.compile(r"Written to .*sample\.winnow")).wait_for()
    page.get_by_text(re.compile("Accuracy is not measured: fewer than")).first.wait_for()
    picture("export-model-file")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the file").click()
    assert got.value.path().read_bytes() == model.read_bytes()
    page.get_by_text("Classify another folder", exact=True).click()
    fill(page, "Image folder or archive to classify", other)
    page.get_by_text("A model file", exact=True).click()
    fill(page, "Model file", model)
    page.get_by_role("button", name="Classify", exact=True).click()
    page.get_by_text(re.compile(rf"{len(images)} images classified")).wait_for()
    rows = page.get_by_role("region", name="Classified images")
    rows.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.wn-rows img').naturalWidth > 20")
    assert rows.locator("tbody tr").count() == len(images)
    picture("export-other-folder")
    assert sorted(path.name for path in other.iterdir()) == [image.name for image in images]
    fill(page, "New file to write", table)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(re.compile(rf"{len(images)} images written to .*all")).wait_for()
    assert len(table.read_text().splitlines()) == 1 + len(images)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(DRAWN)
    picture("export-other-phone")


def fill(page, name: str, path: Path) -> None:
    field = page.get_by_role("textbox", name=name, exact=True)
    field.fill(str(path))
    field.press("Enter")
    page.wait_for_function(STILL)
