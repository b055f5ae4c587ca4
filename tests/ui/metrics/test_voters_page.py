"""Metrics → Classes: encoders that vote are compared, and let vote or not."""

from __future__ import annotations

import time

from colours import ColourEncoder
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.encoders.base import Encoder
from core.project.project import Project
from core.project.voters import voters_in
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.session import host


def classes_view(app: AppTest) -> AppTest:
    """The view, against the truth beside the images."""
    app.run()
    app.switch_page("../../../pages/metrics.py").run()
    app.segmented_control(key="metrics-view").set_value("Classes").run()
    app.segmented_control(key="truth-source").set_value("truth.csv").run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def voting(project: Project) -> tuple[str, ...]:
    return voters_in(project.workspace.home)


def test_with_one_encoder_it_says_what_to_do(app: AppTest) -> None:
    words = texts(classes_view(app))
    assert "**starter** decides alone" in words
    assert "Only the active encoder has seen these images." in words


def test_encoders_are_compared_let_vote_and_stopped(
    project: Project, app: AppTest, starter: Encoder
) -> None:
    for encoder in (ColourEncoder(), starter):
        embed(project.workspace, encoder)
    snapshot = project.snapshot()
    truth = read_labels(project.workspace.images / "truth.csv")
    events = [
        Event(snapshot.pool.ids[row], truth[snapshot.pool.paths[row]])
        for row in snapshot.audit_order[:42]
    ]
    project.labels.add(events, "ann", "test")
    classes_view(app)
    app.button(key="voters-compare").click().run()
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    words = texts(rerun(app))
    assert "of your 42 labels than the active encoder alone" in words
    app.button(key="voters-use").click().run()
    assert not app.exception
    assert voting(project) == ("starter", "colours")
    assert "several encoders vote: **starter**" in texts(rerun(app))
    app.button(key="voters-alone").click().run()
    assert not app.exception and voting(project) == ()
