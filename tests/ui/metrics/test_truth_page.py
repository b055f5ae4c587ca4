"""The Metrics page beside a truth: what it says when nothing is left to judge."""

from __future__ import annotations

from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store.labels.base import Event


def test_every_image_of_the_truth_is_labeled(app: AppTest, project: Project) -> None:
    """The end of the work is no error."""
    name = project.classes().names[0]
    project.labels.add([Event(i, name) for i in project.pool().ids], "ann", "test")
    app.run()
    app.switch_page("../../../pages/metrics.py").run()
    app.segmented_control(key="truth-source").set_value("truth.csv").run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    assert "nothing is left to judge it by" in texts(app)
