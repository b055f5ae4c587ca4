"""Every page while the labels of very many images and classes are learned for the first time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from drawn import numbers_on, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.session import fitting

PAGES = ("data", "prompts", "clusters", "search", "tags", "try_one", "label", "metrics", "export")
FROM_LABELS = ("Quality", "Classes", "Thresholds", "Learning curve", "Suspect labels",
               "Compare models", "What changed", "Runs")  # fmt: skip
LEARNING = "Your labels are being learned"


@pytest.fixture
def let_go(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lets the fit of 30 labels end; the collection counts as one that nobody waits for."""
    monkeypatch.setattr(fitting, "_work", fitting._Work())
    monkeypatch.setattr(fitting, "LONG", 1)
    snapshot, event, fit = project.snapshot(), threading.Event(), fitting.predict
    make_layout(snapshot, Report())
    truth = read_labels(project.workspace.images / "truth.csv")
    pool = snapshot.pool
    rows = snapshot.audit_order[:30].tolist()
    project.labels.add(
        [Event(pool.ids[row], truth[pool.paths[row]]) for row in rows], "ann", "test"
    )

    def slowly(of: object) -> object:
        assert event.wait(60)
        return fit(of)  # type: ignore[arg-type]

    monkeypatch.setattr(fitting, "predict", slowly)
    yield event
    event.set()
    fitting._work.worker.join()


def visit(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [error.value for error in app.exception]
    assert not app.error, [error.value for error in app.error]
    return app


def test_every_page_is_drawn_at_once(app: AppTest, let_go: threading.Event) -> None:
    app.run()
    for page in PAGES:
        visit(app, page)
    assert LEARNING in texts(visit(app, "clusters"))
    assert LEARNING in texts(visit(app, "label"))


def test_nothing_is_measured_or_written_before_labels_are_learned(
    app: AppTest, project: Project, let_go: threading.Event
) -> None:
    app.run()
    export = visit(app, "export")
    assert LEARNING in texts(export)
    keys = {button.key for button in export.button}
    assert not keys & {"write", "model-make"}
    for view in FROM_LABELS:
        app.session_state["metrics-view"] = view
        metrics = visit(app, "metrics")
        assert LEARNING in texts(metrics) and not numbers_on(metrics), view
    app.session_state["label-mode"] = "Sign a folder"
    label = visit(app, "label")
    assert "sign-begin" not in {button.key for button in label.button}
    let_go.set()
    fitting.ahead(project.snapshot())
    assert "write" in {button.key for button in visit(app, "export").button}
    app.session_state["metrics-view"] = "Quality"
    metrics = visit(app, "metrics")
    assert LEARNING not in texts(metrics) and numbers_on(metrics)


def test_labels_as_truth_and_the_learning_curve_follow(
    app: AppTest, project: Project, let_go: threading.Event
) -> None:
    let_go.set()
    app.run()
    fitting.ahead(project.snapshot())
    for view in ("Quality", "Learning curve"):
        app.session_state["metrics-view"] = view
        app.session_state["truth-source"] = "All labels"
        until = time.monotonic() + 60
        while "follows" in texts(visit(app, "metrics")):
            assert time.monotonic() < until
            time.sleep(0.2)
    app.session_state["metrics-view"] = "Quality"
    assert numbers_on(visit(app, "metrics"))


def test_a_page_says_so_while_images_are_compared_with_very_many_classes(
    app: AppTest, let_go: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "VERY_LONG", 1)
    monkeypatch.setattr(fitting, "_AT_ONCE", 0.05)
    done, compare = threading.Event(), fitting.by_prompts

    def slowly(of: object) -> object:
        assert done.wait(60)
        return compare(of)  # type: ignore[arg-type]

    monkeypatch.setattr(fitting, "by_prompts", slowly)
    app.run()
    for page in ("label", "metrics", "export", "clusters"):
        assert "are being compared with all classes" in texts(visit(app, page))
    done.set()
    fitting._work.prompts.join()
    assert "are being compared" not in texts(visit(app, "label"))
    assert LEARNING in texts(app)
