"""Metrics → Classes: sizes, what is mixed up, and the head that labels are learned from with."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.head_file import head_in, keep_head
from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.session import host


@pytest.fixture
def shown(app: AppTest) -> Callable[[], AppTest]:
    """Draws the view against the truth beside the images."""

    def draw() -> AppTest:
        app.run()
        app.switch_page("../../../pages/metrics.py").run()
        app.segmented_control(key="metrics-view").set_value("Classes").run()
        app.segmented_control(key="truth-source").set_value("truth.csv").run()
        assert not app.exception, [error.value for error in app.exception]
        return app

    return draw


def label(project: Project, count: int) -> None:
    """Wrong labels for one image in six, so that heads have something to differ in."""
    snapshot = project.snapshot()
    truth, names = read_labels(project.workspace.images / "truth.csv"), snapshot.names
    events = [
        Event(
            snapshot.pool.ids[row],
            names[0] if place % 6 == 0 else truth[snapshot.pool.paths[row]],
        )
        for place, row in enumerate(snapshot.audit_order[:count])
    ]
    project.labels.add(events, "ann", "test")


def test_without_labels_it_shows_classes_and_how_many_labels_heads_take(
    shown: Callable[[], AppTest],
) -> None:
    app = shown()
    words, titles = texts(app), [str(title.value) for title in app.subheader]
    assert titles == [
        "Sizes", "Large and small classes", "Most often mixed up", "How labels are learned from",
        "Encoders that vote",
    ]  # fmt: skip
    assert "Heads can be compared from 40 labels on; there are 0." in words
    assert not [button for button in app.button if button.key == "heads-compare"]


def test_heads_are_compared_and_one_is_used(project: Project, shown: Callable[[], AppTest]) -> None:
    label(project, 48)
    app = shown()
    assert "learned from with **Plain**" in texts(app)
    app.button(key="heads-compare").click().run()
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    words = texts(rerun(app))
    assert "is the one to use" in words and "48 labels" in words
    snapshot = project.snapshot()
    drawn = len(snapshot.audit) == 48
    assert ("of images drawn at random" in words) == drawn
    assert ("where the model is unsure" in words) == (not drawn)
    row = next(one for one in app.dataframe if "head" in one.value.columns).value.iloc[0]
    assert row["gain"] == 0 and set(row.index) >= {"Macro F1", "accuracy", "from", "to"}
    chooser = next(one for one in app.selectbox if one.label == "Learn with")
    chooser.set_value("weighted").run()
    app.button(key="heads-use").click().run()
    assert not app.exception
    assert head_in(project.workspace.home) == "weighted"
    assert "learned from with **Weighted**" in texts(app)


def test_the_head_of_a_question_is_shown(project: Project, shown: Callable[[], AppTest]) -> None:
    keep_head(project.workspace.home, "focal")
    assert "learned from with **Focal**" in texts(shown())
