"""The Export page makes a model file and classifies other folders, by it or by the question."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime import roots
from core.sorter.model_file import read
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.session import host


@pytest.fixture
def page(app: AppTest, project: Project, sample: Path) -> AppTest:
    """The page, with some labels of random images."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    pool = snapshot.pool
    events = [Event(pool.ids[r], truth[pool.paths[r]]) for r in snapshot.audit_order[:24]]
    project.labels.add(events, "ann", "test")
    app.run()
    return app.switch_page("../../../pages/export.py").run()


@pytest.fixture
def images(sample: Path, tmp_path: Path) -> Path:
    """Another folder, with a file of no use."""
    shutil.copytree(sample, tmp_path / "other")
    (tmp_path / "other/=bad.jpg").write_bytes(b"no picture")
    return tmp_path / "other"


def wait(app: AppTest) -> None:
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    app.run()
    assert not app.exception, [error.value for error in app.exception]


def make(app: AppTest, out: Path) -> None:
    app.text_input(key="model-out").set_value(str(out)).run()
    app.button(key="model-make").click().run()
    wait(app)


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.success, *app.error, *app.warning]
    return "\n".join(part.value for part in parts)


def test_a_model_file_is_made_and_says_what_it_holds(page: AppTest, tmp_path: Path) -> None:
    out = tmp_path / "mine.winnow"
    assert "is measured on the 24 labeled random images" in texts(page)
    make(page, out)
    content = read(out).content
    assert content.labels.count == 24 and content.name == "mine"
    assert content.accuracy is not None
    assert f"Accuracy {content.accuracy.value:.1%}" in texts(page)
    assert page.text_input(key="model-out").value != str(out)  # another is proposed


def test_without_examples_the_file_has_none(page: AppTest, tmp_path: Path) -> None:
    page.toggle(key="model-exemplars").set_value(False).run()
    make(page, tmp_path / "bare.winnow")
    assert read(tmp_path / "bare.winnow").exemplars is None


def test_what_cannot_be_written_closes_the_button(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "there.winnow").write_bytes(b"mine")
    for name, why in (("there.winnow", "there already"), ("a.zip", "ends with .winnow")):
        page.text_input(key="model-out").set_value(str(tmp_path / name)).run()
        assert page.button(key="model-make").disabled
        assert why in texts(page).replace("\\", "")
    assert (tmp_path / "there.winnow").read_bytes() == b"mine"


def classify(app: AppTest, images: Path, out: Path) -> None:
    app.text_input(key="other-folder").set_value(str(images))
    app.text_input(key="other-out").set_value(str(out)).run()
    app.button(key="other-start").click().run()
    wait(app)


def test_another_folder_is_classified_by_the_question(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "all.csv"
    classify(page, images, out)
    rows = pl.read_csv(out)
    assert len(rows) == 60 and "60 images classified" in texts(page)
    counts = dict(rows["class"].value_counts().iter_rows())
    tables = [frame.value for frame in page.dataframe if "images" in frame.value.columns]
    last = {name: count for name, count in tables[-1].itertuples(index=False) if count}
    assert last == counts
    assert "all.csv.rejected.csv" in texts(page).replace("\\", "")
    assert "'=bad.jpg" in (tmp_path / "all.csv.rejected.csv").read_text()


def test_by_a_model_file_into_folders_the_same_comes_out(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    make(page, tmp_path / "mine.winnow")
    classify(page, images, tmp_path / "one.parquet")
    page.radio(key="other-by").set_value("A model file").run()
    page.text_input(key="other-model").set_value(str(tmp_path / "mine.winnow")).run()
    classify(page, images, tmp_path / "two.parquet")
    assert pl.read_parquet(tmp_path / "one.parquet").equals(
        pl.read_parquet(tmp_path / "two.parquet")
    )
    classify(page, images, tmp_path / "sorted")
    assert (tmp_path / "sorted/manifest.json").is_file()
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_there_is_not_written_over(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    (tmp_path / "all.csv").write_text("mine")
    page.text_input(key="other-folder").set_value(str(images))
    page.text_input(key="other-out").set_value(str(tmp_path / "all.csv")).run()
    assert "there already" in texts(page)
    assert page.button(key="other-start").disabled
    assert (tmp_path / "all.csv").read_text() == "mine"


def test_folders_outside_of_what_the_server_may_use_are_refused(
    page: AppTest, images: Path, sample: Path, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "a.winnow").write_bytes(b"")
    roots.limit_to([sample], [project.workspace.root])
    try:
        page.text_input(key="model-out").set_value(str(tmp_path / "x.winnow")).run()
        assert page.button(key="model-make").disabled
        page.text_input(key="model-out").set_value(str(sample.parent / "y.winnow")).run()
        page.text_input(key="other-folder").set_value(str(images)).run()
        assert f"{images}' lies outside the folders" in texts(page).replace("\\", "")
        assert page.button(key="other-start").disabled
        page.text_input(key="other-folder").set_value(str(sample))
        page.radio(key="other-by").set_value("A model file").run()
        page.text_input(key="other-model").set_value(str(tmp_path / "a.winnow")).run()
        assert "outside the folders" in texts(page)
    finally:
        roots.lift()
