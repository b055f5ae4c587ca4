"""The Export page makes a model file and classifies other folders, by it or by the question."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import polars as pl
import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime import roots
from core.services.data.metadata.importing import import_metadata, of_table
from core.services.sorter.browsing import running as browsing
from core.services.sorter.making import make_sorter
from core.sorter.model_file import read, write
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.workspace import load
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture(autouse=True)
def own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is classified here lies apart from what others classify."""
    root = tmp_path_factory.mktemp("classified")
    monkeypatch.setattr(browsing, "classified_root", lambda: root)


@pytest.fixture
def page(app: AppTest, project: Project, sample: Path) -> AppTest:
    """The page, with some labels of random images."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    pool = snapshot.pool
    events = [Event(pool.ids[r], truth[pool.paths[r]]) for r in snapshot.audit_order[:24]]
    project.labels.add(events, "ann", "test")
    app.run()
    for part in ("model-open", "other"):  # unfolded
        app.session_state[part] = True
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


def classify(app: AppTest, images: Path) -> None:
    app.text_input(key="other-folder").set_value(str(images)).run()
    app.button(key="other-start").click().run()
    wait(app)


def save(app: AppTest, kind: str, out: Path) -> None:
    app.radio(key="other-as").set_value(kind).run()
    app.text_input(key="other-out").set_value(str(out)).run()
    app.button(key="other-save").click().run()
    wait(app)


def rows(app: AppTest) -> list[tuple[str, str, float]]:
    """Path, class and probability of the rows that are shown."""
    block = next(each.value for each in app.get("html") if "wn-rows" in each.value)
    found = re.findall(r"<tr><td>.*?</td><td>(.*?)</td><td>(.*?)</td><td .*?>(.*?)%</td>", block)
    return [(path, name, float(percent)) for path, name, percent in found]


def test_another_folder_is_classified_looked_at_and_saved(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    before = sorted(images.rglob("*"))
    classify(page, images)
    assert "60 images classified" in texts(page) and "1 could not be used" in texts(page)
    assert sorted(images.rglob("*")) == before
    shown = rows(page)
    assert len(shown) == 50  # the first page
    assert [row[2] for row in shown] == sorted(row[2] for row in shown)
    counted = next(each.value for each in page.dataframe if "for review" in each.value.columns)
    page.slider(key="other-below").set_value(99).run()
    unsure = next(each.value for each in page.dataframe if "for review" in each.value.columns)
    assert unsure["for review"].sum() >= counted["for review"].sum()
    page.selectbox(key="other-class").set_value(0).run()
    name = unsure["class"][0]
    assert {row[1] for row in rows(page)} == {name} and len(rows(page)) == unsure["images"][0]
    out = tmp_path / "all.csv"
    save(page, "Table (CSV)", out)
    table = pl.read_csv(out)
    assert len(table) == 60 and "60 images written" in texts(page)
    assert dict(table["class"].value_counts().iter_rows())[name] == unsure["images"][0]
    assert "all.csv.rejected.csv" in texts(page).replace("\\", "")
    assert "'=bad.jpg" in (tmp_path / "all.csv.rejected.csv").read_text()


def test_by_a_model_file_into_folders_the_same_comes_out(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    make(page, tmp_path / "mine.winnow")
    classify(page, images)
    save(page, "Table (Parquet)", tmp_path / "one.parquet")
    page.radio(key="other-by").set_value("A model file").run()
    page.text_input(key="other-model").set_value(str(tmp_path / "mine.winnow")).run()
    classify(page, images)
    save(page, "Table (Parquet)", tmp_path / "two.parquet")
    assert pl.read_parquet(tmp_path / "one.parquet").equals(
        pl.read_parquet(tmp_path / "two.parquet")
    )
    save(page, "Class folders", tmp_path / "sorted")
    assert (tmp_path / "sorted/manifest.json").is_file()
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_there_is_not_written_over(
    page: AppTest, images: Path, tmp_path: Path
) -> None:
    classify(page, images)
    (tmp_path / "all.csv").write_text("mine")
    page.text_input(key="other-out").set_value(str(tmp_path / "all.csv")).run()
    assert "there already" in texts(page)
    assert page.button(key="other-save").disabled
    page.text_input(key="other-out").set_value(str(images / "all.csv")).run()
    assert page.button(key="other-save").disabled and "image folder" in texts(page)
    assert (tmp_path / "all.csv").read_text() == "mine"


def test_a_model_file_needs_no_collection(
    images: Path, sample: Path, starter, embedded: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    project = Project(load(embedded)).use(starter)
    write(make_sorter(project.snapshot(), "mine"), tmp_path / "mine.winnow")
    monkeypatch.setattr(host, "shared", new_host())
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.switch_page("../../../pages/export.py").run()
    assert "No images are open yet" in texts(app)
    app.text_input(key="other-model").set_value(str(tmp_path / "mine.winnow")).run()
    classify(app, images)
    assert len(rows(app)) == 50


def test_words_come_from_a_table(
    page: AppTest, images: Path, project: Project, starter, tmp_path: Path
) -> None:
    pool = project.pool()
    lines = [f"{path},{path.split('/')[0]}" for path in pool.paths]
    (tmp_path / "words.csv").write_text("path,title\n" + "\n".join(lines))
    review = of_table(project.snapshot(), tmp_path / "words.csv")
    import_metadata(project.snapshot(), review, "words.csv")
    snapshot = project.snapshot().speaking("{title}")
    write(make_sorter(snapshot, "speaking"), tmp_path / "speaking.winnow")
    page.radio(key="other-by").set_value("A model file").run()
    page.text_input(key="other-model").set_value(str(tmp_path / "speaking.winnow")).run()
    assert "a table with the columns title" in texts(page)
    table = ("words.csv", (tmp_path / "words.csv").read_bytes(), "text/csv")
    page.file_uploader(key="other-words").set_value(table).run()
    classify(page, images)
    assert "60 images came with words" in texts(page)
    page.file_uploader(key="other-words").set_value(
        ("w.csv", b"path,name\na,b\n", "text/csv")
    ).run()
    assert page.button(key="other-start").disabled and "title" in texts(page)


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
