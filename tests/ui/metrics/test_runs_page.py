"""The Metrics page's view on runs: listed, kept, pinned, noted, and two of them compared."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from drawn import numbers_on, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.metrics.runs.listing import runs
from core.services.predict.predicting import predict
from core.services.predict.recording import MOMENT, record
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def shown(app: AppTest) -> Callable[[], AppTest]:
    """Draws the view; a page that fails fails the test."""

    def draw() -> AppTest:
        app.run()
        app.switch_page("../../../pages/metrics.py").run()
        app.segmented_control(key="metrics-view").set_value("Runs").run()
        assert not app.exception, [e.value for e in app.exception]
        return app

    return draw


def keep(project: Project, name: str) -> None:
    snapshot = project.snapshot()
    record(snapshot, predict(snapshot), MOMENT, name, "<i>ann</i>")


def label(project: Project, count: int) -> None:
    snapshot = project.snapshot()
    truth = read_labels(project.workspace.images / "truth.csv")
    events = [
        Event(snapshot.pool.ids[row], truth[snapshot.pool.paths[row]])
        for row in snapshot.audit_order[:count]
    ]
    project.labels.add(events, "ann", "test")


def test_nothing_is_on_record(project: Project, shown: Callable[[], AppTest]) -> None:
    for file in ("journal.jsonl", "vocabulary-history.jsonl"):
        (project.workspace.root / file).unlink(missing_ok=True)
    app = shown()
    assert "Nothing is on record yet" in texts(app)
    assert "There is nothing to compare with yet" in texts(app)


def test_two_are_compared(project: Project, shown: Callable[[], AppTest]) -> None:
    keep(project, "<b>before</b> labels")
    label(project, 30)
    app = shown()
    table = app.dataframe[0].value
    assert "<b>before</b> labels" in table["name"].tolist()
    assert "<i>ann</i>" in table["person"].tolist()
    assert app.selectbox(key="runs-to").value == "now"
    words = texts(app).replace("\\", "")
    assert "Of 30 random images" in words and "have another class, labels included" in words
    assert "Only random images that both judged without having seen" in words
    assert dict(numbers_on(app))["Random images"] == "30"
    app.selectbox(key="runs-from").set_value("now").run()
    assert not app.exception
    words = texts(app)
    assert "All 60 images have the same class in both" in words
    assert "Both are right on the same random images" in words


def test_the_present_is_kept_noted_and_pinned(
    project: Project, shown: Callable[[], AppTest]
) -> None:
    app = shown()
    app.text_input(key="runs-name").set_value("a moment").run()
    app.button(key="runs-keep").click().run()
    assert not app.exception, [e.value for e in app.exception]
    (kept,) = runs(project.workspace, [MOMENT])
    assert (kept.name, kept.person) == ("a moment", getpass.getuser())
    app.selectbox(key="runs-one").set_value(kept.id).run()
    app.text_area(key=f"runs-note-{kept.id}").set_value("*the* first").run()
    app.button(key="runs-note-save").click().run()
    app.button(key="runs-pin").click().run()
    (kept,) = runs(project.workspace, [MOMENT])
    assert kept.pinned and kept.note is not None and kept.note.text == "*the* first"
    assert app.button(key="runs-pin").label == "No longer the one that counts"
    app.button(key="runs-pin").click().run()
    assert not runs(project.workspace, [MOMENT])[0].pinned
    app.text_area(key=f"runs-note-{kept.id}").set_value("written and saved at once")
    app.button(key="runs-note-save").click().run()
    (kept,) = runs(project.workspace, [MOMENT])
    assert kept.note is not None and kept.note.text == "written and saved at once"


def test_since_a_day(project: Project, shown: Callable[[], AppTest]) -> None:
    keep(project, "today")
    app = shown()
    app.segmented_control(key="runs-how").set_value("A day").run()
    assert not app.exception
    assert "Nothing that was predicted before is on record" in texts(app)
    app.date_input(key="runs-day").set_value(date.today() + timedelta(days=1)).run()
    assert not app.exception
    assert "have the same class in both" in texts(app)


def test_a_record_that_is_gone_is_said(project: Project, shown: Callable[[], AppTest]) -> None:
    keep(project, "gone")
    for file in (project.workspace.home / "judged").iterdir():
        file.unlink()
    app = shown()
    assert "is not on record, or its record is damaged" in texts(app).replace("\\", "")
