"""What the stop meter says, and when it says that it does not know yet."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.label.tally import Tally
from core.store.labels.base import Event
from core.ui.session import fitting
from core.ui.shared.meter import LEAST, meter


@pytest.mark.parametrize(
    ("audited", "said"),
    [
        (LEAST - 1, "9 of 10 random images until the accuracy can be told"),
        (LEAST, "The accuracy is being worked out…"),
    ],
)
def test_before_the_accuracy_is_known(audited: int, said: str) -> None:
    told = meter(Tally({"hat": 30, "shoe": 10}, 0, 0, 0), 100, audited, None, 0.9)
    assert told["lines"][-1] == said
    assert told["accuracy"] is None


def test_the_page_shows_the_accuracy_once_it_is_worked_out(app: AppTest, project: Project) -> None:
    pool, names = project.pool(), project.classes().names
    drawn = [pool.ids[row] for row in project.snapshot().audit_order[: 2 * LEAST]]
    project.labels.add(
        [Event(i, names[n % len(names)]) for n, i in enumerate(drawn)], "ann", "test"
    )
    app.run()
    app.switch_page("../../../pages/label.py").run()
    app.segmented_control(key="label-mode").set_value("Grid of exceptions").run()
    assert not app.exception, [e.value for e in app.exception]
    assert "20 of them are random images" in app.main.caption[-1].value
    until = time.monotonic() + 60
    while not fitting.has_estimates(project.snapshot()) and time.monotonic() < until:
        time.sleep(0.1)
    app.run()
    assert "Accuracy" in app.main.caption[-1].value
    assert "Goal of 90%" in app.main.caption[-1].value
