"""The Metrics page's view on what changed: the moment is chosen, all kinds are drawn."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from drawn import numbers_on, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.export import runs
from core.services.metrics.runs.flipped import HEAD
from core.services.predict.predicting import predict
from core.store.labels.base import Event


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The app on this view."""
    app.run()
    app.switch_page("../../../pages/metrics.py").run()
    return app.segmented_control(key="metrics-view").set_value("What changed").run()


def test_nothing_changed(app: AppTest) -> None:
    assert not app.exception, [e.value for e in app.exception]
    assert app.segmented_control(key="changes-since").value == "Last hour"
    for sentence in ("No label changed", "Nothing was exported", "not on record"):
        assert sentence in texts(app)
    assert "There is no record of what was predicted then" in texts(app)


def test_since_the_last_export(app: AppTest, project: Project, tmp_path: Path) -> None:
    snapshot = project.snapshot()
    first = predict(snapshot)
    plan = runs.plan(snapshot, first, [], runs.options("hardlink", None, None, 0))
    runs.write(snapshot, first, plan, tmp_path / "out", Report())
    time.sleep(1.1)  # an export is known by its second
    (a, sentences), *rest = project.classes().classes
    project.save_vocabulary(Vocabulary(((a, (*sentences, "<b>one more</b>")), *rest)))
    ids = snapshot.pool.ids
    project.labels.add([Event(i, a) for i in ids[:12]], "<i>ann</i>", "test")
    gone = project.labels.add([Event(ids[20], a)], "bob", "test")
    project.labels.undo(gone, "bob")
    app.run()
    app.segmented_control(key="changes-since").set_value("Last export").run()
    assert not app.exception, [e.value for e in app.exception]
    assert dict(numbers_on(app))["Images labeled"] == "12"
    classes, people = (app.dataframe[0].value, app.dataframe[1].value)
    assert classes["new"].tolist() == [12]
    assert people.to_dict("list") == {
        "person": ["<i>ann</i>", "bob"], "answers": [12, 0], "taken back": [0, 1],
    }  # fmt: skip
    said = texts(app).replace("\\", "")
    assert "+ <b>one more</b>" in said and "of 60 images have another class than on" in said


def test_what_moved_is_downloaded_image_by_image(
    app: AppTest, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, Callable[[], bytes]] = {}
    draw = st.download_button

    def button(label: str, data: Any, name: str, mime: str, *, key: str, **more: Any) -> bool:
        drawn[key] = data
        return draw(label, data, name, mime, key=key, **more)

    monkeypatch.setattr(st, "download_button", button)
    snapshot = project.snapshot()
    first = predict(snapshot)
    plan = runs.plan(snapshot, first, [], runs.options("hardlink", None, None, 0))
    runs.write(snapshot, first, plan, tmp_path / "out", Report())
    app.run()
    app.segmented_control(key="changes-since").set_value("Last export").run()
    assert "changes-csv" not in drawn  # nothing moved
    time.sleep(1.1)  # an export is known by its second
    ids, name = snapshot.pool.ids, snapshot.names[0]
    others = np.flatnonzero(first.assigned != 0)[:12].tolist()
    project.labels.add([Event(ids[row], name) for row in others], "ann", "test")
    until = time.monotonic() + 60
    while "changes-csv" not in drawn and time.monotonic() < until:  # learned behind the page
        app.run()
    assert not app.exception, [e.value for e in app.exception]
    now = project.snapshot()
    after = predict(now)
    expected = {
        (now.pool.paths[row], ids[row], first.names[first.assigned[row]],
         after.names[after.assigned[row]], name if row in others else "")
        for row in np.flatnonzero(first.assigned != after.assigned).tolist()
    }  # fmt: skip
    head, *rows = csv.reader(io.StringIO(drawn["changes-csv"]().decode()))
    assert tuple(head) == HEAD
    assert set(map(tuple, rows)) == expected and len(rows) == len(expected) > 0


@pytest.mark.parametrize("choice", ["Last hour", "Today", "Last 7 days", "A day"])
def test_any_moment_can_be_chosen(app: AppTest, choice: str) -> None:
    app.segmented_control(key="changes-since").set_value(choice).run()
    assert not app.exception, [e.value for e in app.exception]
    assert "Since " in texts(app)


@pytest.mark.parametrize(
    ("classes", "shown"), [(2, []), (3, []), (4, ["Top 3"]), (6, ["Top 3", "Top 5"])]
)
def test_the_first_three_are_said_only_of_more_than_three(classes: int, shown: list[str]) -> None:
    def page(classes: int) -> None:
        import numpy as np

        from core.learn.judging.metrics import evaluate
        from core.ui.metrics import measures

        names = [str(n) for n in range(classes)]
        truth = np.arange(60) % classes
        measures.headline(evaluate(truth, np.eye(classes)[truth], names))

    app = AppTest.from_function(page, args=(classes,)).run()
    assert [title for title, _ in numbers_on(app) if title.startswith("Top")] == shown
